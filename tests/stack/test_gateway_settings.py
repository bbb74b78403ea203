"""What the gateway of `doorstep up` is told by the environment, when it is told nonsense."""

from pathlib import Path

import pytest

from services.stack.errors import StackError
from services.stack.gateway import GatewayServer
from services.stack.home import Home


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DOORSTEP_CORS_ORIGINS", "https://app.example"),
        ("DOORSTEP_GATEWAY_LIMITS", "requests_per_second=5"),
        ("DOORSTEP_GATEWAY_LIMITS", '{"requests_a_second": 5}'),
        ("DOORSTEP_OTLP_ENDPOINT", "http://collector"),
    ],
)
def test_a_setting_that_is_none_is_named(tmp_path: Path, name: str, value: str) -> None:
    told = {"DOORSTEP_PUBLIC_URL": "http://127.0.0.1:1", "DOORSTEP_ENVIRONMENT": "development", name: value}
    with pytest.raises(StackError, match=f"The gateway cannot start: {name}"):
        GatewayServer(Home(tmp_path), port=1, operator_port=2, worker_ports=[3], metrics_ports=[4], environment=told)
