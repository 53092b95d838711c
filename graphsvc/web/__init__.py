"""The web: home, questions, sources, the page of every thing, GraphiQL, and the GraphQL endpoint."""
