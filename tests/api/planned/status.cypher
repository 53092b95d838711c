MATCH (v:Revision {id: 'current'})
WITH v.number AS rev
CALL (rev) {
  MATCH (n3:Agreement) WHERE n3.knownFrom <= rev AND rev < n3.knownTo AND (n3.status IN $p5 AND n3.from <= $p1 AND $p1 < n3.to OR n3.status IN $p6)
  RETURN count(n3) AS x4
}
CALL (rev) {
  MATCH (n5:Agreement) WHERE n5.knownFrom <= rev AND rev < n5.knownTo AND (n5.status IN $p7 AND n5.starts <= $p1 AND $p1 < n5.to OR n5.status IN $p8) AND (NOT ((n5.status IN $p5 AND n5.from <= $p1 AND $p1 < n5.to OR n5.status IN $p6)) OR false)
  WITH n5.status AS why7, CASE WHEN n5.status IN $p5 AND NOT ((n5.status IN $p5 AND n5.from <= $p1 AND $p1 < n5.to OR n5.status IN $p6)) THEN coalesce((CASE WHEN $p1 < n5.starts OR n5.to <= $p1 THEN null WHEN $p1 < n5.from THEN 'BEFORE_TOLD' WHEN $p1 < n5.sureFrom THEN 'POSSIBLE' WHEN $p1 < n5.sureTo OR (any(d IN n5.listings WHERE d IN $speaking) AND coalesce($p1 < n5.lasts, true) AND NOT any(g IN coalesce(n5.gaps, []) WHERE substring(g, 0, 10) <= $p1 AND $p1 < substring(g, 11))) THEN 'STATED' WHEN $p1 < n5.lasts THEN 'CONTINUED' WHEN n5.to < '9999-99-99' THEN 'POSSIBLE' ELSE 'CONTINUED' END), '') ELSE '' END AS sure8, count(*) AS number9 ORDER BY why7, sure8
  RETURN collect([why7, sure8, number9]) AS x6
}
CALL (rev) {
  MATCH (n1:Agreement) WHERE n1.knownFrom <= rev AND rev < n1.knownTo AND (n1.status IN $p5 AND n1.from <= $p1 AND $p1 < n1.to OR n1.status IN $p6)
  WITH n1, rev ORDER BY (CASE WHEN 'name' IN n1.dated THEN n1['name@' + toString(reduce(period = -1, day IN n1.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE n1.name END) DESC, n1.id DESC LIMIT $p2
  CALL (n1, rev) {
    MATCH (n1)-[r10:PARTY]->(m11) WHERE r10.knownFrom <= rev AND rev < r10.knownTo AND ((r10.status IN $p9 AND r10.from <= $p1 AND $p1 < r10.to OR r10.status IN $p10) AND m11.knownFrom <= rev AND rev < m11.knownTo AND (m11.status IN $p11 AND m11.starts <= $p1 AND $p1 < m11.to OR m11.status IN $p12) OR (r10.status IN $p3 AND r10.from <= $p1 AND $p1 < r10.to OR r10.status IN $p4) AND m11.knownFrom <= rev AND rev < m11.knownTo AND (m11.status IN $p9 AND m11.starts <= $p1 AND $p1 < m11.to OR m11.status IN $p10) AND NOT (m11.status IN $p14 AND m11.starts <= $p1 AND $p1 < m11.to))
    WITH DISTINCT m11 ORDER BY (CASE WHEN 'name' IN m11.dated THEN m11['name@' + toString(reduce(period = -1, day IN m11.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE m11.name END), m11.id LIMIT $p13
    RETURN collect([m11.id]) AS x12
  }
  RETURN collect([n1.id, x12, (CASE WHEN $p1 < n1.starts OR n1.to <= $p1 THEN null WHEN $p1 < n1.from THEN 'BEFORE_TOLD' WHEN $p1 < n1.sureFrom THEN 'POSSIBLE' WHEN $p1 < n1.sureTo OR (any(d IN n1.listings WHERE d IN $speaking) AND coalesce($p1 < n1.lasts, true) AND NOT any(g IN coalesce(n1.gaps, []) WHERE substring(g, 0, 10) <= $p1 AND $p1 < substring(g, 11))) THEN 'STATED' WHEN $p1 < n1.lasts THEN 'CONTINUED' WHEN n1.to < '9999-99-99' THEN 'POSSIBLE' ELSE 'CONTINUED' END), n1.told, n1.toldTo]) AS x2
}
MATCH (w:Revision {id: 'current'})
RETURN rev, w.number, x4, x6, x2
// $p1 = '2021-01-01'
// $p2 = 3
// $p3 = ['IN_FORCE', 'SHADOW', 'ENDED', 'SUPERSEDED', 'PLANNED']
// $p4 = ['ENDED']
// $p5 = ['PLANNED', 'ENDED']
// $p6 = ['ENDED']
// $p7 = ['IN_FORCE', 'SHADOW', 'PLANNED', 'PROPOSED', 'INTENDED', 'ENDED', 'SUPERSEDED']
// $p8 = ['ENDED', 'SUPERSEDED']
// $p9 = ['PROPOSED']
// $p10 = []
// $p11 = ['IN_FORCE', 'SHADOW', 'ENDED', 'SUPERSEDED', 'PROPOSED', 'PLANNED']
// $p12 = ['ENDED']
// $p13 = 101
// $p14 = ['IN_FORCE', 'SHADOW', 'ENDED', 'SUPERSEDED']
// $speaking = []
