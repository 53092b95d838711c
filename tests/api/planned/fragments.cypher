MATCH (v:Revision {id: 'current'})
WITH v.number AS rev
CALL (rev) {
  MATCH (n1:Agreement) WHERE n1.knownFrom <= rev AND rev < n1.knownTo AND n1.status IN $p3 AND n1.from <= $p1 AND $p1 < n1.to
  WITH n1, rev ORDER BY (CASE WHEN 'name' IN n1.dated THEN n1['name@' + toString(reduce(period = -1, day IN n1.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE n1.name END), n1.id LIMIT $p2
  CALL (n1, rev) {
    MATCH (n1)-[r3:COVERS]->(m4) WHERE r3.knownFrom <= rev AND rev < r3.knownTo AND r3.status IN $p3 AND r3.from <= $p1 AND $p1 < r3.to AND m4.knownFrom <= rev AND rev < m4.knownTo AND m4.status IN $p3 AND m4.starts <= $p1 AND $p1 < m4.to AND n1.type IN $p5
    WITH DISTINCT m4 ORDER BY (CASE WHEN 'name' IN m4.dated THEN m4['name@' + toString(reduce(period = -1, day IN m4.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE m4.name END), m4.id LIMIT $p6
    RETURN collect([(CASE WHEN 'name' IN m4.dated THEN m4['name@' + toString(reduce(period = -1, day IN m4.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE m4.name END)]) AS x5
  }
  CALL (n1, rev) {
    MATCH (n1)-[r6:OVERLAYS]->(m7) WHERE r6.knownFrom <= rev AND rev < r6.knownTo AND r6.status IN $p3 AND r6.from <= $p1 AND $p1 < r6.to AND m7.knownFrom <= rev AND rev < m7.knownTo AND m7.status IN $p3 AND m7.starts <= $p1 AND $p1 < m7.to AND n1.type IN $p7
    WITH DISTINCT m7 ORDER BY (CASE WHEN 'name' IN m7.dated THEN m7['name@' + toString(reduce(period = -1, day IN m7.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE m7.name END), m7.id LIMIT $p8
    RETURN collect([m7.id]) AS x8
  }
  RETURN collect([(CASE WHEN 'name' IN n1.dated THEN n1['name@' + toString(reduce(period = -1, day IN n1.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE n1.name END), (CASE WHEN 'contractForm' IN n1.dated THEN n1['contractForm@' + toString(reduce(period = -1, day IN n1.datedFrom | CASE WHEN day <= $p1 THEN period + 1 ELSE period END))] ELSE n1.contractForm END), x5, x8, n1.type, (CASE WHEN $p1 < n1.starts OR n1.to <= $p1 THEN null WHEN $p1 < n1.from THEN 'BEFORE_TOLD' WHEN $p1 < n1.sureFrom THEN 'POSSIBLE' WHEN $p1 < n1.sureTo OR (any(d IN n1.listings WHERE d IN $speaking) AND coalesce($p1 < n1.lasts, true) AND NOT any(g IN coalesce(n1.gaps, []) WHERE substring(g, 0, 10) <= $p1 AND $p1 < substring(g, 11))) THEN 'STATED' WHEN $p1 < n1.lasts THEN 'CONTINUED' WHEN n1.to < '9999-99-99' THEN 'POSSIBLE' ELSE 'CONTINUED' END), n1.told, n1.toldTo]) AS x2
}
CALL (rev, x2) {
  UNWIND CASE WHEN $p9 AND size(x2) = 0 THEN [1] ELSE [] END AS oncex10
  MATCH (n9:Agreement) WHERE n9.knownFrom <= rev AND rev < n9.knownTo AND n9.status IN $p10
  WITH n9.status AS why11, CASE WHEN n9.status IN $p3 AND NOT (n9.status IN $p3 AND n9.from <= $p1 AND $p1 < n9.to) THEN coalesce((CASE WHEN $p1 < n9.starts OR n9.to <= $p1 THEN null WHEN $p1 < n9.from THEN 'BEFORE_TOLD' WHEN $p1 < n9.sureFrom THEN 'POSSIBLE' WHEN $p1 < n9.sureTo OR (any(d IN n9.listings WHERE d IN $speaking) AND coalesce($p1 < n9.lasts, true) AND NOT any(g IN coalesce(n9.gaps, []) WHERE substring(g, 0, 10) <= $p1 AND $p1 < substring(g, 11))) THEN 'STATED' WHEN $p1 < n9.lasts THEN 'CONTINUED' WHEN n9.to < '9999-99-99' THEN 'POSSIBLE' ELSE 'CONTINUED' END), '') ELSE '' END AS sure12, count(*) AS number13 ORDER BY why11, sure12
  RETURN collect([why11, sure12, number13]) AS x10
}
MATCH (w:Revision {id: 'current'})
RETURN rev, w.number, x2, x10
// $p1 = '2026-11-29'
// $p2 = 3
// $p3 = ['IN_FORCE', 'SHADOW', 'ENDED', 'SUPERSEDED']
// $p4 = ['Contract', 'Subcontract']
// $p5 = ['Contract', 'Subcontract']
// $p6 = 101
// $p7 = ['AllianceAgreement']
// $p8 = 101
// $p9 = True
// $p10 = ['IN_FORCE', 'SHADOW', 'PLANNED', 'PROPOSED', 'INTENDED', 'ENDED', 'SUPERSEDED']
// $speaking = []
