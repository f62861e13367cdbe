"""The watch itself: it sees what no page may do."""

import pytest

STRICT = "default-src 'self'"
LAX = "default-src 'self'; img-src *"


@pytest.mark.parametrize(
    ("policy", "body", "said"),
    [
        (STRICT, "<script>window.pwned = 1</script>", "against the policy: script-src"),
        (STRICT, "<img src='http://elsewhere.example/x.png'>", "against the policy: img-src"),
        (LAX, "<img src='http://elsewhere.example/x.png'>", "a request left: http://elsewhere.example/x.png"),
        (STRICT, "<script src='/own.js'></script>", "a script of somebody else ran: yes"),
        (STRICT, "<script src='/own.js'></script>", "an error in a page: thrown"),
        (STRICT, "<script src='/own.js'></script>", "error on the console: told"),
        (STRICT, "<script src='/own.js'></script>", "window.alert was called"),
        (STRICT, "<img src='/nowhere.png'>", "a request failed: GET"),
    ],
)
def test_it_sees(visit, policy, body, said):
    visited = visit()
    headers = {"content-security-policy": policy, "content-type": "text/html"}
    visited.context.route("**/trap", lambda route: route.fulfill(body=body, headers=headers))
    script = "window.pwned = 'yes'; console.error('told'); alert(1); throw new Error('thrown')"
    visited.context.route("**/own.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    visited.page.goto("/trap")
    visited.page.evaluate("new Promise((resolve) => setTimeout(resolve, 50))")
    with pytest.raises(AssertionError):
        visited.watch.require_nothing()
    assert any(said in found for found in visited.watch.found), visited.watch.found
    visited.watch.found.clear()


def test_it_sees_nothing_where_there_is_nothing(visit):
    visited = visit("/api")
    assert visited.page.locator("h1").count() == 1
    assert visited.watch.requests
