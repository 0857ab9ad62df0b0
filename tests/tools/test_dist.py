"""A release is the same bytes however often it is packed."""

import io
import tarfile

from tools.dist import ROOT, pack

MOMENT = 1_700_000_000


def test_packing_twice_gives_the_same_bytes() -> None:
    files = [ROOT / "README.md", ROOT / "Makefile"]
    assert pack("release", files, MOMENT) == pack("release", files, MOMENT)


def test_everything_lies_in_one_folder_with_its_right_to_run() -> None:
    packed = pack("release", [ROOT / "README.md", ROOT / ".ci" / "run"], MOMENT)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        entries = {entry.name: (entry.mode, entry.mtime) for entry in archive}
    assert entries == {"release/README.md": (0o644, MOMENT), "release/.ci/run": (0o755, MOMENT)}
