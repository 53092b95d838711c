MATCH (v:Revision {id: 'current'})
WITH v.number AS rev
CALL (rev) {
  MATCH (n1:Agreement) WHERE n1.knownFrom <= rev AND rev < n1.knownTo AND n1.status IN $p2
  WITH n1, rev ORDER BY n1.name, n1.id LIMIT $p1
  CALL (n1, rev) {
    MATCH (n1)-[r3:COVERS]->(m4) WHERE r3.knownFrom <= rev AND rev < r3.knownTo AND r3.status IN $p2 AND m4.knownFrom <= rev AND rev < m4.knownTo AND m4.status IN $p2 AND n1.type IN $p4
    WITH DISTINCT m4 ORDER BY m4.name, m4.id LIMIT $p5
    RETURN collect([m4.name]) AS x5
  }
  CALL (n1, rev) {
    MATCH (n1)-[r6:OVERLAYS]->(m7) WHERE r6.knownFrom <= rev AND rev < r6.knownTo AND r6.status IN $p2 AND m7.knownFrom <= rev AND rev < m7.knownTo AND m7.status IN $p2 AND n1.type IN $p6
    WITH DISTINCT m7 ORDER BY m7.name, m7.id LIMIT $p7
    RETURN collect([m7.id]) AS x8
  }
  RETURN collect([n1.name, n1.contractForm, x5, x8, n1.type]) AS x2
}
CALL (rev, x2) {
  UNWIND CASE WHEN $p8 AND size(x2) = 0 THEN [1] ELSE [] END AS oncex10
  MATCH (n9:Agreement) WHERE n9.knownFrom <= rev AND rev < n9.knownTo AND n9.status IN $p9
  WITH n9.status AS why11, '' AS sure12, count(*) AS number13 ORDER BY why11, sure12
  RETURN collect([why11, sure12, number13]) AS x10
}
MATCH (w:Revision {id: 'current'})
RETURN rev, w.number, x2, x10
// $p1 = 3
// $p2 = ['IN_FORCE', 'SHADOW']
// $p3 = ['Contract', 'Subcontract']
// $p4 = ['Contract', 'Subcontract']
// $p5 = 101
// $p6 = ['AllianceAgreement']
// $p7 = 101
// $p8 = True
// $p9 = ['IN_FORCE', 'SHADOW', 'PLANNED', 'PROPOSED', 'INTENDED', 'ENDED', 'SUPERSEDED']
