MATCH (v:Revision {id: 'current'})
WITH v.number AS rev
CALL (rev) {
  MATCH (n1:Entity {id: $p2}) WHERE n1.type IN $p1 AND n1.knownFrom <= rev AND rev < n1.knownTo
  CALL (n1, rev) {
    MATCH (n1)<-[r6:COVERS]-(m7) WHERE r6.knownFrom <= rev AND rev < r6.knownTo AND r6.status IN $p3 AND m7.knownFrom <= rev AND rev < m7.knownTo AND m7.status IN $p3
    RETURN count(DISTINCT m7) AS x8
  }
  CALL (n1, rev) {
    MATCH (n1)<-[r3:COVERS]-(m4) WHERE r3.knownFrom <= rev AND rev < r3.knownTo AND r3.status IN $p3 AND m4.knownFrom <= rev AND rev < m4.knownTo AND m4.status IN $p3
    WITH m4, rev, r3 ORDER BY r3.rank, r3.id
    WITH m4, rev, collect(r3) AS rs5
    WITH m4, rev, rs5 ORDER BY m4.name, m4.id LIMIT $p4
    CALL (rs5, rev) {
      UNWIND rs5 AS c9
      CALL (c9, rev) {
        MATCH (s11:Entity {id: c9.source}) WHERE s11.knownFrom <= rev AND rev < s11.knownTo
        RETURN collect([s11.title]) AS x12
      }
      RETURN collect([x12]) AS x10
    }
    RETURN collect([m4.name, rs5[0].status, x10]) AS x13
  }
  RETURN collect([x8, x13]) AS x2
}
MATCH (w:Revision {id: 'current'})
RETURN rev, w.number, x2
// $p1 = ['Service']
// $p2 = 'service/x'
// $p3 = ['IN_FORCE', 'SHADOW']
// $p4 = 3
