MATCH (v:Revision {id: 'current'})
WITH v.number AS rev
CALL (rev) {
  MATCH (n1:Entity {id: $p1}) WHERE n1.knownFrom <= rev AND rev < n1.knownTo
  CALL (n1, rev) {
    MATCH (n1)-[:HAS_RECORD]->(c3) WHERE c3.knownFrom <= rev AND rev < c3.knownTo
    WITH c3, rev ORDER BY c3.rank, c3.id
    CALL (c3, rev) {
      MATCH (s5:Entity {id: c3.source}) WHERE s5.knownFrom <= rev AND rev < s5.knownTo
      RETURN collect([(CASE WHEN 'title' IN s5.dated THEN s5['title@' + toString(reduce(period = -1, day IN s5.datedFrom | CASE WHEN day <= $p2 THEN period + 1 ELSE period END))] ELSE s5.title END)]) AS x6
    }
    RETURN collect([c3.locator, x6, c3.values]) AS x4
  }
  RETURN collect([x4, (CASE WHEN $p2 < n1.starts OR n1.to <= $p2 THEN null WHEN $p2 < n1.from THEN 'BEFORE_TOLD' WHEN $p2 < n1.sureFrom THEN 'POSSIBLE' WHEN $p2 < n1.sureTo OR (any(d IN n1.listings WHERE d IN $speaking) AND coalesce($p2 < n1.lasts, true) AND NOT any(g IN coalesce(n1.gaps, []) WHERE substring(g, 0, 10) <= $p2 AND $p2 < substring(g, 11))) THEN 'STATED' WHEN $p2 < n1.lasts THEN 'CONTINUED' WHEN n1.to < '9999-99-99' THEN 'POSSIBLE' ELSE 'CONTINUED' END), n1.told, n1.toldTo]) AS x2
}
MATCH (w:Revision {id: 'current'})
RETURN rev, w.number, x2
// $p1 = 'organisation/x'
// $p2 = '2026-11-29'
// $speaking = []
