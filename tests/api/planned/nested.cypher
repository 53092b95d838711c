MATCH (v:Revision {id: 'current'})
WITH v.number AS rev
CALL (rev) {
  MATCH (n1:Entity {id: $p2}) WHERE n1.type IN $p1 AND n1.knownFrom <= rev AND rev < n1.knownTo
  CALL (n1, rev) {
    MATCH (n1)-[r3:COVERS]->(m4) WHERE r3.knownFrom <= rev AND rev < r3.knownTo AND r3.status IN $p4 AND r3.from <= $p3 AND $p3 < r3.to AND m4.knownFrom <= rev AND rev < m4.knownTo AND m4.status IN $p4 AND m4.starts <= $p3 AND $p3 < m4.to
    WITH DISTINCT m4, rev ORDER BY (CASE WHEN 'name' IN m4.dated THEN m4['name@' + toString(reduce(period = -1, day IN m4.datedFrom | CASE WHEN day <= $p3 THEN period + 1 ELSE period END))] ELSE m4.name END), m4.id LIMIT $p5
    CALL (m4, rev) {
      MATCH (m4)<-[r6:PROVIDES]-(m7) WHERE r6.knownFrom <= rev AND rev < r6.knownTo AND r6.status IN $p4 AND r6.from <= $p3 AND $p3 < r6.to AND m7.knownFrom <= rev AND rev < m7.knownTo AND m7.status IN $p4 AND m7.starts <= $p3 AND $p3 < m7.to
      WITH DISTINCT m7 ORDER BY (CASE WHEN 'name' IN m7.dated THEN m7['name@' + toString(reduce(period = -1, day IN m7.datedFrom | CASE WHEN day <= $p3 THEN period + 1 ELSE period END))] ELSE m7.name END), m7.id LIMIT $p6
      RETURN collect([(CASE WHEN 'name' IN m7.dated THEN m7['name@' + toString(reduce(period = -1, day IN m7.datedFrom | CASE WHEN day <= $p3 THEN period + 1 ELSE period END))] ELSE m7.name END)]) AS x8
    }
    RETURN collect([(CASE WHEN 'name' IN m4.dated THEN m4['name@' + toString(reduce(period = -1, day IN m4.datedFrom | CASE WHEN day <= $p3 THEN period + 1 ELSE period END))] ELSE m4.name END), x8]) AS x5
  }
  RETURN collect([(CASE WHEN 'name' IN n1.dated THEN n1['name@' + toString(reduce(period = -1, day IN n1.datedFrom | CASE WHEN day <= $p3 THEN period + 1 ELSE period END))] ELSE n1.name END), x5, (CASE WHEN $p3 < n1.starts OR n1.to <= $p3 THEN null WHEN $p3 < n1.from THEN 'BEFORE_TOLD' WHEN $p3 < n1.sureFrom THEN 'POSSIBLE' WHEN $p3 < n1.sureTo OR (any(d IN n1.listings WHERE d IN $speaking) AND coalesce($p3 < n1.lasts, true) AND NOT any(g IN coalesce(n1.gaps, []) WHERE substring(g, 0, 10) <= $p3 AND $p3 < substring(g, 11))) THEN 'STATED' WHEN $p3 < n1.lasts THEN 'CONTINUED' WHEN n1.to < '9999-99-99' THEN 'POSSIBLE' ELSE 'CONTINUED' END), n1.told, n1.toldTo]) AS x2
}
MATCH (w:Revision {id: 'current'})
RETURN rev, w.number, x2
// $p1 = ['Contract', 'Subcontract']
// $p2 = 'contract/x'
// $p3 = '2021-01-01'
// $p4 = ['IN_FORCE', 'SHADOW', 'ENDED', 'SUPERSEDED']
// $p5 = 10
// $p6 = 5
// $speaking = []
