"""What holds for every test, and what several files share."""

import pytest
from hypothesis import settings
from stage_cases import Workplace, teacher_config, training

from layersweep.generated.wire import ExitCode

settings.register_profile("without a deadline", deadline=None)
settings.load_profile("without a deadline")


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A folder of stages in which `teacher` has learnt its task."""
    workplace = Workplace(tmp_path_factory.mktemp("stages"))
    config = teacher_config(120, training=training(120, learningRate=3e-3))
    assert workplace.run("teacher", "teacher", config) == ExitCode.DONE
    return workplace
