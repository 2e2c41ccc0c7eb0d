"""The rules of the repository, checked on the sources.

A rule is a function in a ``rules_*.py`` module that gets a file, an addon or the
repository and yields findings. ``test_rules.py`` runs every rule on the repository,
``test_bad_samples.py`` on a sample that breaks it.
"""
