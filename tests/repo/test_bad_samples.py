"""Each rule finds what it is there for, and nothing in an addon that keeps it."""

import pytest

from . import good_sample
from . import test_rules  # noqa: F401 (it registers the rules)
from .bad_samples import FINE, SAMPLES
from .sources import RULES, Repo, run


# Parsed once for all samples.
GOOD = {each.path: each for each in Repo(good_sample.files()).files}


def findings(name, files):
    """Run a rule on a sample; the sample is the good one with other files."""
    repo = Repo(dict(GOOD, **files))
    return run(name, repo if RULES[name][0] == "repo" else repo.addon("dingding"))


@pytest.mark.parametrize("name", sorted(RULES))
def test_the_good_sample_keeps_the_rule(name):
    assert findings(name, {}) == []


@pytest.mark.parametrize(
    "sample", SAMPLES, ids=lambda each: "%s-%s" % (each.rule, each.message)
)
def test_a_bad_sample_is_found(sample):
    found = findings(sample.rule, sample.files)
    assert [each for each in found if sample.message in each.message], found


@pytest.mark.parametrize("sample", FINE, ids=lambda each: each.rule)
def test_a_fine_sample_is_left_alone(sample):
    assert findings(sample.rule, sample.files) == []


def test_every_rule_has_a_bad_sample():
    assert set(RULES) - {each.rule for each in SAMPLES} == set()
