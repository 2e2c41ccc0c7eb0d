"""Register operations, faults and invariants."""

import collections
import importlib
import pkgutil

#: An operation or a fault: weight, functions that draw the arguments, code.
Action = collections.namedtuple("Action", "name area weight draws do seconds doc")
#: An invariant: a sentence, and the function that yields breaches.
Invariant = collections.namedtuple("Invariant", "name sentence check")

OPERATIONS, FAULTS, INVARIANTS = {}, {}, {}
#: Functions of the world that prepare a run, in the order of the files.
SET_UPS = []


def _declare(known, weight, seconds, draws):
    def declare(function):
        name = function.__name__
        assert name not in known, "two are called %s" % name
        assert function.__doc__, "%s does not say what it does" % name
        known[name] = Action(
            name, function.__module__.rpartition(".")[2], weight, draws, function,
            seconds, function.__doc__.strip().splitlines()[0])
        return function
    return declare


def operation(weight=1, **draws):
    """Register an action of a person, a program or DingTalk.

    The function takes the :class:`~chaos.world.World`, the step, and the arguments that
    the drawers draw::

        @operation(weight=3, who=a_person, title=a_text)
        def dingtalk_changes_a_title(world, step, who, title):
            \"\"\"Somebody gets another title in DingTalk.\"\"\"

    :param int weight: relative frequency
    :param draws: argument -> function of ``random.Random`` that returns plain data
    """
    return _declare(OPERATIONS, weight, None, draws)


def fault(weight=1, seconds=None, **draws):
    """Register a fault.

    The function begins the fault. If it is a generator, what follows its ``yield`` ends
    the fault after the drawn seconds, or when the chaos ends.

    :param seconds: function that draws the duration; None: instant
    """
    return _declare(FAULTS, weight, seconds, draws)


def invariant(function):
    """Register an invariant; the docstring's first line is its sentence.

    The function takes :class:`~chaos.books.Books` and yields a text for each breach.
    """
    name = function.__name__
    assert name not in INVARIANTS, "two are called %s" % name
    assert function.__doc__, "%s does not say what must hold" % name
    INVARIANTS[name] = Invariant(
        name, function.__doc__.strip().splitlines()[0], function)
    return function


def set_up(function):
    """Declare what the operations of a file need; called once, before all of them."""
    assert function.__doc__, "%s does not say what it makes" % function.__module__
    SET_UPS.append(function)
    return function


def load():
    """Import every file of the three packages."""
    for folder in ("operations", "faults", "invariants"):
        package = importlib.import_module("chaos." + folder)
        for each in sorted(pkgutil.iter_modules(package.__path__)):
            importlib.import_module("%s.%s" % (package.__name__, each.name))


# -- drawers ---------------------------------------------------------------------------


def between(low, high):
    """Draw a whole number from low to high, both included."""
    return lambda chance: chance.randint(low, high)


def one_of(*values):
    """Draw one of the values."""
    return lambda chance: chance.choice(values)


def list_of(draw, low, high):
    """Draw from ``low`` to ``high`` things."""
    return lambda chance: [draw(chance) for _n in range(chance.randint(low, high))]


def a_person(chance):
    """Draw a person as a place that the world maps to somebody, always the same."""
    return chance.randrange(10 ** 6)


def something(chance):
    """Draw a place among what there is when the step is done: messages, approvals."""
    return chance.randrange(10 ** 6)


def a_text(chance):
    """Draw a short text that nothing else has, sometimes Chinese."""
    return "%s%06d" % (chance.choice(("text ", "字", "Ünï ", "a'b\"c ")),
                       chance.randrange(10 ** 6))
