"""The bench: our GraphQL over HTTP beside the raw driver on the same Cypher, in one run."""
