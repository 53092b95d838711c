MATCH (v:Revision {id: 'current'})
WITH v.number AS rev
CALL (rev) {
  MATCH (n1:Agreement) WHERE n1.knownFrom <= rev AND rev < n1.knownTo AND n1.status IN $p2 AND n1.from <= $p1 AND $p1 < n1.to AND EXISTS { MATCH (n1)-[r3:IN_SYSTEM]->(m2) WHERE r3.knownFrom <= rev AND rev < r3.knownTo AND r3.status IN $p2 AND r3.from <= $p1 AND $p1 < r3.to AND m2.knownFrom <= rev AND rev < m2.knownTo AND m2.status IN $p2 AND m2.starts <= $p1 AND $p1 < m2.to AND (CASE WHEN 'name' IN m2.dated THEN m2['name@' + toString(reduce(period = -1, day IN m2.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE m2.name END) = $p3 } AND (((CASE WHEN 'kind' IN n1.dated THEN n1['kind@' + toString(reduce(period = -1, day IN n1.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE n1.kind END) IS NULL) OR (((((NOT coalesce(toLower((CASE WHEN 'name' IN n1.dated THEN n1['name@' + toString(reduce(period = -1, day IN n1.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE n1.name END)) CONTAINS toLower($p4), false)))))))
  WITH n1, rev ORDER BY (CASE WHEN 'name' IN n1.dated THEN n1['name@' + toString(reduce(period = -1, day IN n1.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE n1.name END), n1.id LIMIT $p5
  RETURN collect([n1.id, (CASE WHEN $p1 < n1.starts OR n1.to <= $p1 THEN null WHEN $p1 < n1.from THEN 'BEFORE_TOLD' WHEN $p1 < n1.sureFrom THEN 'POSSIBLE' WHEN $p1 < n1.sureTo THEN 'STATED' WHEN n1.to < '9999-99-99' THEN 'POSSIBLE' ELSE 'CONTINUED' END), n1.told, n1.toldTo]) AS x4
}
CALL (rev, x4) {
  UNWIND CASE WHEN $p6 AND size(x4) = 0 THEN [1] ELSE [] END AS oncex6
  MATCH (n5:Agreement) WHERE n5.knownFrom <= rev AND rev < n5.knownTo AND n5.status IN $p7 AND EXISTS { MATCH (n5)-[r11:IN_SYSTEM]->(m10) WHERE r11.knownFrom <= rev AND rev < r11.knownTo AND r11.status IN $p7 AND m10.knownFrom <= rev AND rev < m10.knownTo AND m10.status IN $p7 AND (CASE WHEN 'name' IN m10.dated THEN m10['name@' + toString(reduce(period = -1, day IN m10.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE m10.name END) = $p8 } AND (((CASE WHEN 'kind' IN n5.dated THEN n5['kind@' + toString(reduce(period = -1, day IN n5.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE n5.kind END) IS NULL) OR (((((NOT coalesce(toLower((CASE WHEN 'name' IN n5.dated THEN n5['name@' + toString(reduce(period = -1, day IN n5.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE n5.name END)) CONTAINS toLower($p9), false)))))))
  WITH n5.status AS why7, CASE WHEN n5.status IN $p2 AND NOT (n5.status IN $p2 AND n5.from <= $p1 AND $p1 < n5.to) THEN coalesce((CASE WHEN $p1 < n5.starts OR n5.to <= $p1 THEN null WHEN $p1 < n5.from THEN 'BEFORE_TOLD' WHEN $p1 < n5.sureFrom THEN 'POSSIBLE' WHEN $p1 < n5.sureTo THEN 'STATED' WHEN n5.to < '9999-99-99' THEN 'POSSIBLE' ELSE 'CONTINUED' END), '') ELSE '' END AS sure8, count(*) AS number9 ORDER BY why7, sure8
  RETURN collect([why7, sure8, number9]) AS x6
}
MATCH (w:Revision {id: 'current'})
RETURN rev, w.number, x4, x6
// $p1 = '2026-11-29'
// $p2 = ['IN_FORCE', 'SHADOW', 'ENDED', 'SUPERSEDED']
// $p3 = 'Walsall'
// $p4 = 'a'
// $p5 = 101
// $p6 = True
// $p7 = ['IN_FORCE', 'SHADOW', 'PLANNED', 'PROPOSED', 'INTENDED', 'ENDED', 'SUPERSEDED']
// $p8 = 'Walsall'
// $p9 = 'a'
