"""The rules of the house, checked on the sources.

A rule is a small function in one of the ``rules_*.py`` modules. It is handed a file, an
addon or the repository and yields what it finds. ``test_rules.py`` runs every rule on
the repository, ``test_bad_samples.py`` runs it on a sample that breaks it.
"""
