"""Calendar files over HTTP: the body is the file, with its own type, and not JSON."""

import json
from urllib.parse import urlsplit

import httpx
from icalendar import Calendar

from tests.fixtures.suite import Suite


def test_a_feed_is_a_file_for_whoever_has_its_address(suite: Suite) -> None:
    password = json.loads((suite.home / "demo.json").read_text())["passwords"]["admin@demo.doorstep.example"]
    with httpx.Client(base_url=suite.url, timeout=30, trust_env=False) as client:
        credentials = {"email": "admin@demo.doorstep.example", "password": password}
        token = client.post("/api/v1/auth/login", json=credentials).raise_for_status().json()["accessToken"]
        bearer = {"authorization": f"Bearer {token}"}
        made = client.post("/api/v1/calendar-feeds", json={"displayName": "Desk"}, headers=bearer).raise_for_status()
        address = urlsplit(made.json()["url"])
        path = f"{address.path}?{address.query}"
        found = client.get(path)
        assert found.status_code == 200
        assert found.headers["content-type"] == "text/calendar; charset=utf-8"
        assert Calendar.from_ical(found.content)["METHOD"] == "PUBLISH"
        wrong = client.get(f"{address.path}?secret={'x' * 43}")
        assert wrong.status_code == 404
        assert wrong.headers["content-type"] == "application/problem+json"
        client.delete(f"/api/v1/calendar-feeds/{made.json()['feed']['feedId']}", headers=bearer).raise_for_status()
        assert client.get(path).status_code == 404
