"""Publishing: writes a difference under the next revision, invisible to readers, and flips to it in one transaction.

session.py       what the steps of one publication share
lease.py         lets one load write at a time
sweep.py         sweeps away what an unfinished load left behind
staging.py       keeps on disk what the load will write
difference.py    takes the difference in and checks it
ranking.py       orders claims and picks what a thing is shown with
dated_values.py  works out values on each day
days.py          works out from when to when a claim is shown, and is sure
known_days.py    settles since when things are known by their relations
records.py       writes records and things
sizes.py         counts nodes and relationships for the planner
publish.py       the order of these steps, and the flip
"""
