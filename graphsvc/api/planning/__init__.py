"""From a selection to Cypher: one plan, of one text, for each root field."""
