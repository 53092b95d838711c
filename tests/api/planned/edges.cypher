MATCH (v:Revision {id: 'current'})
WITH v.number AS rev
CALL (rev) {
  MATCH (n1:Entity {id: $p2}) WHERE n1.type IN $p1 AND n1.knownFrom <= rev AND rev < n1.knownTo
  CALL (n1, rev) {
    MATCH (n1)<-[r6:COVERS]-(m7) WHERE r6.knownFrom <= rev AND rev < r6.knownTo AND r6.status IN $p3 AND r6.from <= $p4 AND $p4 < r6.to AND m7.knownFrom <= rev AND rev < m7.knownTo AND m7.status IN $p3 AND m7.starts <= $p4 AND $p4 < m7.to
    RETURN count(DISTINCT m7) AS x8
  }
  CALL (n1, rev) {
    MATCH (n1)<-[r3:COVERS]-(m4) WHERE r3.knownFrom <= rev AND rev < r3.knownTo AND r3.status IN $p3 AND r3.from <= $p4 AND $p4 < r3.to AND m4.knownFrom <= rev AND rev < m4.knownTo AND m4.status IN $p3 AND m4.starts <= $p4 AND $p4 < m4.to
    WITH m4, rev, r3 ORDER BY r3.rank, r3.id
    WITH m4, rev, collect(r3) AS rs5
    WITH m4, rev, rs5 ORDER BY (CASE WHEN 'name' IN m4.dated THEN m4['name@' + toString(reduce(period = -1, day IN m4.datedFrom | CASE WHEN day <= $p4 THEN period + 1 ELSE period END))] ELSE m4.name END), m4.id LIMIT $p5
    CALL (rs5, rev) {
      UNWIND rs5 AS c9
      CALL (c9, rev) {
        MATCH (s11:Entity {id: c9.source}) WHERE s11.knownFrom <= rev AND rev < s11.knownTo
        RETURN collect([(CASE WHEN 'title' IN s11.dated THEN s11['title@' + toString(reduce(period = -1, day IN s11.datedFrom | CASE WHEN day <= $p4 THEN period + 1 ELSE period END))] ELSE s11.title END)]) AS x12
      }
      RETURN collect([x12]) AS x10
    }
    RETURN collect([(CASE WHEN 'name' IN m4.dated THEN m4['name@' + toString(reduce(period = -1, day IN m4.datedFrom | CASE WHEN day <= $p4 THEN period + 1 ELSE period END))] ELSE m4.name END), rs5[0].status, x10]) AS x13
  }
  RETURN collect([x8, x13, (CASE WHEN $p4 < n1.starts OR n1.to <= $p4 THEN null WHEN $p4 < n1.from THEN 'BEFORE_TOLD' WHEN $p4 < n1.sureFrom THEN 'POSSIBLE' WHEN $p4 < n1.sureTo OR (any(d IN n1.listings WHERE d IN $speaking) AND coalesce($p4 < n1.lasts, true) AND NOT any(g IN coalesce(n1.gaps, []) WHERE substring(g, 0, 10) <= $p4 AND $p4 < substring(g, 11))) THEN 'STATED' WHEN $p4 < n1.lasts THEN 'CONTINUED' WHEN n1.to < '9999-99-99' THEN 'POSSIBLE' ELSE 'CONTINUED' END), n1.told, n1.toldTo]) AS x2
}
MATCH (w:Revision {id: 'current'})
RETURN rev, w.number, x2
// $p1 = ['Service']
// $p2 = 'service/x'
// $p3 = ['IN_FORCE', 'SHADOW', 'ENDED', 'SUPERSEDED']
// $p4 = '2026-11-29'
// $p5 = 3
// $speaking = []
