"""What builds, runs and checks the addons; nothing an addon needs when it runs.

Standard library only: ``python3 -m tools --help`` works on a machine that has nothing
but a Python 3.8 or newer.
"""
