"""Answers GraphQL requests: types from the Model, one Cypher query for each root field, Python functions from rows to answer.

A request passes ``service`` (the rules of ``http``) → ``documents`` (parse, limits, validate) → ``execution`` → ``planning``
(one Cypher text for each root field) → the store, where ``read_queue`` has it wait for its turn → ``planning.shaping`` (rows to
the answer).

``schema``: the GraphQL schema, made from the Model.
``planning``: query plans, made from a selection.
``introspection`` and ``questions``: root fields that need no store.
``table``, ``table_links``, ``whole_answer``, ``list_pages``, ``remarks``: an answer as tables, read to its end, and in words.
``cache``, ``worker_thread``, ``answer_size``: what keeps the service fast and within its memory.
"""
