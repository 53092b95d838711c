MATCH (v:Revision {id: 'current'})
WITH v.number AS rev
CALL (rev) {
  MATCH (n1:Entity {id: $p2}) WHERE n1.type IN $p1 AND n1.knownFrom <= rev AND rev < n1.knownTo
  CALL (n1, rev) {
    MATCH (n1)-[r3:COVERS]->(m4) WHERE r3.knownFrom <= rev AND rev < r3.knownTo AND r3.status IN $p3 AND r3.from <= $p4 AND $p4 < r3.to AND m4.knownFrom <= rev AND rev < m4.knownTo AND m4.status IN $p3 AND m4.from <= $p4 AND $p4 < m4.to
    WITH DISTINCT m4, rev ORDER BY m4.name, m4.id LIMIT $p5
    CALL (m4, rev) {
      MATCH (m4)<-[r6:PROVIDES]-(m7) WHERE r6.knownFrom <= rev AND rev < r6.knownTo AND r6.status IN $p3 AND r6.from <= $p4 AND $p4 < r6.to AND m7.knownFrom <= rev AND rev < m7.knownTo AND m7.status IN $p3 AND m7.from <= $p4 AND $p4 < m7.to
      WITH DISTINCT m7 ORDER BY m7.name, m7.id LIMIT $p6
      RETURN collect([m7.name]) AS x8
    }
    RETURN collect([m4.name, x8]) AS x5
  }
  RETURN collect([n1.name, x5]) AS x2
}
MATCH (w:Revision {id: 'current'})
RETURN rev, w.number, x2
// $p1 = ['Contract', 'Subcontract']
// $p2 = 'contract/x'
// $p3 = ['IN_FORCE', 'SHADOW', 'ENDED', 'SUPERSEDED']
// $p4 = '2021-01-01'
// $p5 = 10
// $p6 = 5
