"""Compiles a selection to query plans: one plan, with one Cypher text, for each root field.

``selection``: the fields of a request as a tree, fragments resolved.
``arguments``: arguments as trees whose leaves read the variables of any request.
``root_fields``: one root field to its plan.
``place``: where in the plan a selection is planned, and what all places share.
``thing_fields``: a selection on a thing.
``relations``: fields that follow a relation.
``links`` and ``link_pattern``: the field ``links``, which follows any relation.
``lists``: the fields of a connection, for root fields and relations alike.
``evidence``: records, claims and their sources.
``search`` and ``validation_report``: the root fields of these names.
``where``: conditions as Cypher.
``visibility``: conditions on revision, status and date.
``as_at``: the value of a property at a day.
``paging`` and ``cursors``: pages, orders and cursors.
``cypher``: names of variables and parameters in the text.
``cost``, ``scale`` and ``where_limits``: the bound of the rows that a plan may read.
``shaping``: Python functions that turn the rows into the answer.
``plan``: the finished plan.
"""
