"""Builds the GraphQL schema as a pure function of the Model.

``naming``: the GraphQL names of classes, properties and relations.
``wording``: other words for a term, in documentation and errors.
``scalars``: dates and JSON.
``strawberry_types``: Strawberry types made from plain descriptions.
``inputs``: conditions and orders.
``outputs``: object types, interfaces and enums.
``schema``: the root fields, and the whole schema with its golden text.
"""
