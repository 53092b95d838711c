"""The bench: compares our GraphQL over HTTP with the raw driver on the same Cypher, in one run."""
