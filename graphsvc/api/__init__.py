"""GraphQL: types from the Model, one Cypher query a root field, one seam from rows to the answer.

A request passes ``service`` (HTTP rules) → ``documents`` (parse, limits, validate) → ``selection`` (what is asked) →
``planner`` (one Cypher text a root field) → the store → ``shaping`` (rows to the answer).
"""
