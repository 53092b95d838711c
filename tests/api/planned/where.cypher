MATCH (v:Revision {id: 'current'})
WITH v.number AS rev
CALL (rev) {
  MATCH (n1:Agreement) WHERE n1.knownFrom <= rev AND rev < n1.knownTo AND n1.status IN $p1 AND EXISTS { MATCH (n1)-[r3:IN_SYSTEM]->(m2) WHERE r3.knownFrom <= rev AND rev < r3.knownTo AND r3.status IN $p1 AND m2.knownFrom <= rev AND rev < m2.knownTo AND m2.status IN $p1 AND m2.name = $p2 } AND ((n1.kind IS NULL) OR (((((NOT coalesce(toLower(n1.name) CONTAINS toLower($p3), false)))))))
  WITH n1, rev ORDER BY n1.name, n1.id LIMIT $p4
  RETURN collect([n1.id]) AS x4
}
CALL (rev, x4) {
  UNWIND CASE WHEN $p5 AND size(x4) = 0 THEN [1] ELSE [] END AS oncex6
  MATCH (n5:Agreement) WHERE n5.knownFrom <= rev AND rev < n5.knownTo AND n5.status IN $p6 AND EXISTS { MATCH (n5)-[r11:IN_SYSTEM]->(m10) WHERE r11.knownFrom <= rev AND rev < r11.knownTo AND r11.status IN $p6 AND m10.knownFrom <= rev AND rev < m10.knownTo AND m10.status IN $p6 AND m10.name = $p7 } AND ((n5.kind IS NULL) OR (((((NOT coalesce(toLower(n5.name) CONTAINS toLower($p8), false)))))))
  WITH n5.status AS why7, '' AS sure8, count(*) AS number9 ORDER BY why7, sure8
  RETURN collect([why7, sure8, number9]) AS x6
}
MATCH (w:Revision {id: 'current'})
RETURN rev, w.number, x4, x6
// $p1 = ['IN_FORCE', 'SHADOW']
// $p2 = 'Walsall'
// $p3 = 'a'
// $p4 = 101
// $p5 = True
// $p6 = ['IN_FORCE', 'SHADOW', 'PLANNED', 'PROPOSED', 'INTENDED', 'ENDED', 'SUPERSEDED']
// $p7 = 'Walsall'
// $p8 = 'a'
