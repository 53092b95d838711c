MATCH (v:Revision {id: 'current'})
WITH v.number AS rev
CALL (rev) {
  CALL () {
    UNWIND $p3 AS v3 MATCH (s4:Entity {key_name: v3}) RETURN s4 AS m2
  }
  WITH DISTINCT m2, rev
  MATCH (n1)-[r5:IN_SYSTEM]->(m2) WHERE r5.knownFrom <= rev AND rev < r5.knownTo AND r5.status IN $p2 AND m2.knownFrom <= rev AND rev < m2.knownTo AND m2.status IN $p2 AND m2.name = $p4
  WITH DISTINCT n1, rev
  WITH n1, rev WHERE n1:Agreement AND n1.knownFrom <= rev AND rev < n1.knownTo AND n1.status IN $p2 AND ((n1.kind IS NULL) OR (((((NOT coalesce(toLower(n1.name) CONTAINS toLower($p5), false)))))))
  WITH n1, rev ORDER BY n1.name, n1.id LIMIT $p1
  RETURN collect([n1.id]) AS x6
}
CALL (rev, x6) {
  UNWIND CASE WHEN $p6 AND size(x6) = 0 THEN [1] ELSE [] END AS oncex8
  CALL () {
    UNWIND $p8 AS v13 MATCH (s14:Entity {key_name: v13}) RETURN s14 AS m12
  }
  WITH DISTINCT m12, rev
  MATCH (n7)-[r15:IN_SYSTEM]->(m12) WHERE r15.knownFrom <= rev AND rev < r15.knownTo AND r15.status IN $p7 AND m12.knownFrom <= rev AND rev < m12.knownTo AND m12.status IN $p7 AND m12.name = $p9
  WITH DISTINCT n7, rev
  WITH n7, rev WHERE n7:Agreement AND n7.knownFrom <= rev AND rev < n7.knownTo AND n7.status IN $p7 AND ((n7.kind IS NULL) OR (((((NOT coalesce(toLower(n7.name) CONTAINS toLower($p10), false)))))))
  WITH n7.status AS why9, '' AS sure10, count(*) AS number11 ORDER BY why9, sure10
  RETURN collect([why9, sure10, number11]) AS x8
}
MATCH (w:Revision {id: 'current'})
RETURN rev, w.number, x6, x8
// $p1 = 101
// $p2 = ['IN_FORCE', 'SHADOW']
// $p3 = ['Walsall']
// $p4 = 'Walsall'
// $p5 = 'a'
// $p6 = True
// $p7 = ['IN_FORCE', 'SHADOW', 'PLANNED', 'PROPOSED', 'INTENDED', 'ENDED', 'SUPERSEDED']
// $p8 = ['Walsall']
// $p9 = 'Walsall'
// $p10 = 'a'
