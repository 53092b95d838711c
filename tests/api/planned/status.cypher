MATCH (v:Revision {id: 'current'})
WITH v.number AS rev
CALL (rev) {
  MATCH (n3:Agreement) WHERE n3.knownFrom <= rev AND rev < n3.knownTo AND (n3.status IN $p4 AND n3.from <= $p1 AND $p1 < n3.to OR n3.status IN $p5)
  RETURN count(n3) AS x4
}
CALL (rev) {
  MATCH (n5:Agreement) WHERE n5.knownFrom <= rev AND rev < n5.knownTo AND (n5.status IN $p6 AND n5.from <= $p1 AND $p1 < n5.to OR n5.status IN $p7) AND (NOT ((n5.status IN $p4 AND n5.from <= $p1 AND $p1 < n5.to OR n5.status IN $p5)) OR false)
  WITH n5.status AS status7, count(*) AS number8 ORDER BY status7
  RETURN collect([status7, number8]) AS x6
}
CALL (rev) {
  MATCH (n1:Agreement) WHERE n1.knownFrom <= rev AND rev < n1.knownTo AND (n1.status IN $p4 AND n1.from <= $p1 AND $p1 < n1.to OR n1.status IN $p5)
  WITH n1, rev ORDER BY (CASE WHEN 'name' IN n1.dated THEN n1['name@' + toString(reduce(period = -1, day IN n1.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE n1.name END) DESC, n1.id DESC LIMIT $p14
  CALL (n1, rev) {
    MATCH (n1)-[r9:PARTY]->(m10) WHERE r9.knownFrom <= rev AND rev < r9.knownTo AND ((r9.status IN $p8 AND r9.from <= $p1 AND $p1 < r9.to OR r9.status IN $p9) AND m10.knownFrom <= rev AND rev < m10.knownTo AND (m10.status IN $p10 AND m10.from <= $p1 AND $p1 < m10.to OR m10.status IN $p11) OR (r9.status IN $p2 AND r9.from <= $p1 AND $p1 < r9.to OR r9.status IN $p3) AND m10.knownFrom <= rev AND rev < m10.knownTo AND (m10.status IN $p8 AND m10.from <= $p1 AND $p1 < m10.to OR m10.status IN $p9) AND NOT (m10.status IN $p13 AND m10.from <= $p1 AND $p1 < m10.to))
    WITH DISTINCT m10 ORDER BY (CASE WHEN 'name' IN m10.dated THEN m10['name@' + toString(reduce(period = -1, day IN m10.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE m10.name END), m10.id LIMIT $p12
    RETURN collect([m10.id]) AS x11
  }
  RETURN collect([n1.id, x11]) AS x2
}
MATCH (w:Revision {id: 'current'})
RETURN rev, w.number, x4, x6, x2
// $p1 = '2021-01-01'
// $p2 = ['IN_FORCE', 'SHADOW', 'ENDED', 'SUPERSEDED', 'PLANNED']
// $p3 = ['ENDED']
// $p4 = ['PLANNED', 'ENDED']
// $p5 = ['ENDED']
// $p6 = ['IN_FORCE', 'SHADOW', 'PLANNED', 'PROPOSED', 'INTENDED', 'ENDED', 'SUPERSEDED']
// $p7 = ['ENDED', 'SUPERSEDED']
// $p8 = ['PROPOSED']
// $p9 = []
// $p10 = ['IN_FORCE', 'SHADOW', 'ENDED', 'SUPERSEDED', 'PROPOSED', 'PLANNED']
// $p11 = ['ENDED']
// $p12 = 101
// $p13 = ['IN_FORCE', 'SHADOW', 'ENDED', 'SUPERSEDED']
// $p14 = 3
