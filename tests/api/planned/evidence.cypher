MATCH (v:Revision {id: 'current'})
WITH v.number AS rev
CALL (rev) {
  MATCH (n1:Entity {id: $p1}) WHERE n1.knownFrom <= rev AND rev < n1.knownTo
  CALL (n1, rev) {
    MATCH (n1)-[:HAS_RECORD]->(c3) WHERE c3.knownFrom <= rev AND rev < c3.knownTo
    WITH c3, rev ORDER BY c3.rank, c3.id
    CALL (c3, rev) {
      MATCH (s5:Entity {id: c3.source}) WHERE s5.knownFrom <= rev AND rev < s5.knownTo
      RETURN collect([s5.title]) AS x6
    }
    RETURN collect([c3.locator, x6, c3.values]) AS x4
  }
  RETURN collect([x4]) AS x2
}
MATCH (w:Revision {id: 'current'})
RETURN rev, w.number, x2
// $p1 = 'organisation/x'
