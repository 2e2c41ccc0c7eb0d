"""Build, run and check the addons.

Standard library only: ``python3 -m tools --help`` needs nothing but Python 3.8 or
newer.
"""
