import shop

import tripwire


def test_branch():
    tripwire.subprocess.mock_run(["git", "branch", "--show-current"], stdout="main\n")
    with tripwire:
        assert shop.branch() == "main"
    tripwire.subprocess.assert_run(["git", "branch", "--show-current"], returncode=0, stdout="main\n")
