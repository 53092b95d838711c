MATCH (v:Revision {id: 'current'})
WITH v.number AS rev
CALL (rev) {
  CALL () {
    UNWIND $p4 AS v3 MATCH (s4:Entity {key_name: v3}) RETURN s4 AS m2
    UNION
    UNWIND $p4 AS v5 MATCH (k7:Key {of: 'name', value: v5}) MATCH (s6:Entity {id: k7.entity}) RETURN s6 AS m2
  }
  WITH DISTINCT m2, rev
  MATCH (n1)-[r8:IN_SYSTEM]->(m2) WHERE r8.knownFrom <= rev AND rev < r8.knownTo AND r8.status IN $p3 AND r8.from <= $p1 AND $p1 < r8.to AND m2.knownFrom <= rev AND rev < m2.knownTo AND m2.status IN $p3 AND m2.starts <= $p1 AND $p1 < m2.to AND (CASE WHEN 'name' IN m2.dated THEN m2['name@' + toString(reduce(period = -1, day IN m2.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE m2.name END) = $p5
  WITH DISTINCT n1, rev
  WITH n1, rev WHERE n1:Agreement AND n1.knownFrom <= rev AND rev < n1.knownTo AND n1.status IN $p3 AND n1.from <= $p1 AND $p1 < n1.to AND (((CASE WHEN 'kind' IN n1.dated THEN n1['kind@' + toString(reduce(period = -1, day IN n1.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE n1.kind END) IS NULL) OR (((((NOT coalesce(toLower((CASE WHEN 'name' IN n1.dated THEN n1['name@' + toString(reduce(period = -1, day IN n1.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE n1.name END)) CONTAINS toLower($p6), false)))))))
  WITH n1, rev ORDER BY (CASE WHEN 'name' IN n1.dated THEN n1['name@' + toString(reduce(period = -1, day IN n1.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE n1.name END), n1.id LIMIT $p2
  RETURN collect([n1.id, (CASE WHEN $p1 < n1.starts OR n1.to <= $p1 THEN null WHEN $p1 < n1.from THEN 'BEFORE_TOLD' WHEN $p1 < n1.sureFrom THEN 'POSSIBLE' WHEN $p1 < n1.sureTo OR (any(d IN n1.listings WHERE d IN $speaking) AND coalesce($p1 < n1.lasts, true) AND NOT any(g IN coalesce(n1.gaps, []) WHERE substring(g, 0, 10) <= $p1 AND $p1 < substring(g, 11))) THEN 'STATED' WHEN $p1 < n1.lasts THEN 'CONTINUED' WHEN n1.to < '9999-99-99' THEN 'POSSIBLE' ELSE 'CONTINUED' END), n1.told, n1.toldTo]) AS x9
}
CALL (rev, x9) {
  UNWIND CASE WHEN $p7 AND size(x9) = 0 THEN [1] ELSE [] END AS oncex11
  CALL () {
    UNWIND $p9 AS v16 MATCH (s17:Entity {key_name: v16}) RETURN s17 AS m15
    UNION
    UNWIND $p9 AS v18 MATCH (k20:Key {of: 'name', value: v18}) MATCH (s19:Entity {id: k20.entity}) RETURN s19 AS m15
  }
  WITH DISTINCT m15, rev
  MATCH (n10)-[r21:IN_SYSTEM]->(m15) WHERE r21.knownFrom <= rev AND rev < r21.knownTo AND r21.status IN $p8 AND m15.knownFrom <= rev AND rev < m15.knownTo AND m15.status IN $p8 AND (CASE WHEN 'name' IN m15.dated THEN m15['name@' + toString(reduce(period = -1, day IN m15.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE m15.name END) = $p10
  WITH DISTINCT n10, rev
  WITH n10, rev WHERE n10:Agreement AND n10.knownFrom <= rev AND rev < n10.knownTo AND n10.status IN $p8 AND (((CASE WHEN 'kind' IN n10.dated THEN n10['kind@' + toString(reduce(period = -1, day IN n10.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE n10.kind END) IS NULL) OR (((((NOT coalesce(toLower((CASE WHEN 'name' IN n10.dated THEN n10['name@' + toString(reduce(period = -1, day IN n10.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE n10.name END)) CONTAINS toLower($p11), false)))))))
  WITH n10.status AS why12, CASE WHEN n10.status IN $p3 AND NOT (n10.status IN $p3 AND n10.from <= $p1 AND $p1 < n10.to) THEN coalesce((CASE WHEN $p1 < n10.starts OR n10.to <= $p1 THEN null WHEN $p1 < n10.from THEN 'BEFORE_TOLD' WHEN $p1 < n10.sureFrom THEN 'POSSIBLE' WHEN $p1 < n10.sureTo OR (any(d IN n10.listings WHERE d IN $speaking) AND coalesce($p1 < n10.lasts, true) AND NOT any(g IN coalesce(n10.gaps, []) WHERE substring(g, 0, 10) <= $p1 AND $p1 < substring(g, 11))) THEN 'STATED' WHEN $p1 < n10.lasts THEN 'CONTINUED' WHEN n10.to < '9999-99-99' THEN 'POSSIBLE' ELSE 'CONTINUED' END), '') ELSE '' END AS sure13, count(*) AS number14 ORDER BY why12, sure13
  RETURN collect([why12, sure13, number14]) AS x11
}
MATCH (w:Revision {id: 'current'})
RETURN rev, w.number, x9, x11
// $p1 = '2026-11-29'
// $p2 = 101
// $p3 = ['IN_FORCE', 'SHADOW', 'ENDED', 'SUPERSEDED']
// $p4 = ['Walsall']
// $p5 = 'Walsall'
// $p6 = 'a'
// $p7 = True
// $p8 = ['IN_FORCE', 'SHADOW', 'PLANNED', 'PROPOSED', 'INTENDED', 'ENDED', 'SUPERSEDED']
// $p9 = ['Walsall']
// $p10 = 'Walsall'
// $p11 = 'a'
// $speaking = []
