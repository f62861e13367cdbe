import socket, time, pytest
from browser_checks import settle
from browser_profile import ServedProfile
@pytest.mark.parametrize("storage", ["memory", "sqlite"])
def test_restart(stage, visit, tmp_path, storage):
    with socket.create_server(("127.0.0.1", 0)) as s: port = s.getsockname()[1]
    p = ServedProfile(tmp_path, f"ports.storage={storage}", f"plugins.http.port={port}")
    p.start()
    try:
        p.request("POST", "/api/runs", {"text": "name: A\non: {workflow_dispatch: {}}\njobs: {a: {approval: Go?, steps: [{run: 'true'}]}}\n", "target": "a.yaml", "run_id": "a"})
        v = visit(p.link(), served=p, kept=None); page = v.page
        v.watch.forgive("401", "WebSocket", "ERR_", "403", "refused")
        page.wait_for_url("**/"); settle(page)
        page.evaluate("window.__kept = true")
        p.end(); p.start()
        page.get_by_text("is not signed in any more").wait_for()
        print("signed out said")
        other = v.context.new_page(); other.goto(p.link()); other.wait_for_url("**/"); settle(other)
        t=time.time()
        page.wait_for_function("document.querySelector('[data-connection]') && !document.querySelector('[data-connection]').classList.contains('is-lost') && document.querySelector('[data-connection-word]').textContent === 'live'", timeout=20000)
        print("live again after", time.time()-t)
        p.request("POST", "/api/runs", {"text": "name: Bee\nrun-name: Bee\non: {workflow_dispatch: {}}\njobs: {a: {approval: Go?, steps: [{run: 'true'}]}}\n", "target": "b.yaml", "run_id": "bee"})
        page.locator("#run-bee").wait_for(timeout=15000)
        print("kept", page.evaluate("window.__kept"))
        page.locator("#run-bee").get_by_role("button", name="Pause").click()
        page.locator("#run-bee").get_by_role("button", name="Go on").wait_for()
        page.keyboard.press("Control+k"); page.keyboard.type("Pause the"); page.wait_for_timeout(300)
        page.screenshot(path=f"/tmp/sec/restart-{storage}.png")
    finally:
        p.end()
