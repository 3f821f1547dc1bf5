import pytest

pytest.register_assert_rewrite("tests.data.miniature")  # a failed assertion there shows its values
