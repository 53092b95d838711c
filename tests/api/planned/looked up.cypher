MATCH (v:Revision {id: 'current'})
WITH v.number AS rev
CALL (rev) {
  CALL () {
    UNWIND $p6 AS v15 MATCH (s16:Entity {key_name: v15}) RETURN s16 AS m14
    UNION
    UNWIND $p6 AS v17 MATCH (k19:Key {of: 'name', value: v17}) MATCH (s18:Entity {id: k19.entity}) RETURN s18 AS m14
  }
  WITH DISTINCT m14, rev
  MATCH (m21)<-[r20:PROVIDES]-(m14) WHERE r20.knownFrom <= rev AND rev < r20.knownTo AND r20.status IN $p3 AND r20.from <= $p1 AND $p1 < r20.to AND m14.knownFrom <= rev AND rev < m14.knownTo AND m14.status IN $p3 AND m14.starts <= $p1 AND $p1 < m14.to AND (CASE WHEN 'name' IN m14.dated THEN m14['name@' + toString(reduce(period = -1, day IN m14.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE m14.name END) = $p7
  WITH DISTINCT m21, rev
  MATCH (n12)-[r22:COVERS]->(m21) WHERE r22.knownFrom <= rev AND rev < r22.knownTo AND r22.status IN $p3 AND r22.from <= $p1 AND $p1 < r22.to AND m21.knownFrom <= rev AND rev < m21.knownTo AND m21.status IN $p3 AND m21.starts <= $p1 AND $p1 < m21.to AND NOT (CASE WHEN 'kind' IN m21.dated THEN m21['kind@' + toString(reduce(period = -1, day IN m21.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE m21.kind END) IS NULL
  WITH DISTINCT n12, rev
  WITH n12, rev WHERE n12:Contract AND n12.knownFrom <= rev AND rev < n12.knownTo AND n12.status IN $p3 AND n12.from <= $p1 AND $p1 < n12.to
  RETURN count(n12) AS x13
}
MATCH (w:Revision {id: 'current'})
RETURN rev, w.number, x13
// $p1 = '2019-01-01'
// $p2 = 101
// $p3 = ['IN_FORCE', 'SHADOW', 'ENDED', 'SUPERSEDED']
// $p4 = ['Wigan Council']
// $p5 = 'Wigan Council'
// $p6 = ['Wigan Council']
// $p7 = 'Wigan Council'
