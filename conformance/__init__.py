"""The suite every driver passes, shipped to third parties. It drives the engine as a user would and judges by the cloud.

Describe your driver as a `Subject`, then run `checks(subject)` with any test runner::

    @pytest.mark.parametrize("check", checks(SUBJECT), ids=str)
    def test_conformance(check, tmp_path):
        if check.skip:
            pytest.skip(check.skip)
        check.run(tmp_path)

Belongs here: what must hold for every driver. What is true of one cloud only does not, nor anything that needs a particular runner.
"""

from mcflow.conformance.rig import NonconformingError, Rig
from mcflow.conformance.subject import Case, Change, Cloud, Drifted, Lowered, Scene, Subject
from mcflow.conformance.suite import Check, checks

__all__ = ["Case", "Change", "Check", "Cloud", "Drifted", "Lowered", "NonconformingError", "Rig", "Scene", "Subject", "checks"]
