# SPDX-License-Identifier: Apache-2.0
"""Tomcat behind mod_proxy_ajp, with the connector that the recipe has."""
import re

import pytest

import needs
from daemon import Daemon
from harness.httpd import Httpd, free_port
from harness.recipes import FILES, SIGNER, recipe

SERVER = """<?xml version="1.0"?>
<Server port="-1">
  <Service name="Catalina">
    {connector}
    <Engine name="Catalina" defaultHost="localhost">
      <Host name="localhost" appBase="{base}/webapps" autoDeploy="false"/>
    </Engine>
  </Service>
</Server>
"""
WEB = """<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0"
    metadata-complete="true"/>
"""
PAGE = """<%@page contentType="text/plain"%><%
out.println("user=" + request.getRemoteUser());
out.println("tenant=" + request.getAttribute("JWT_tenant"));
out.println("authorization=" + request.getHeader("authorization"));
%>"""
DEFAULTS = """<?xml version="1.0"?>
<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
  <servlet>
    <servlet-name>jsp</servlet-name>
    <servlet-class>org.apache.jasper.servlet.JspServlet</servlet-class>
  </servlet>
  <servlet-mapping>
    <servlet-name>jsp</servlet-name><url-pattern>*.jsp</url-pattern>
  </servlet-mapping>
</web-app>
"""


def write(base, connector):
    for name, text in {
            "conf/server.xml": SERVER.format(base=base, connector=connector),
            "conf/web.xml": DEFAULTS, "webapps/orders/page.jsp": PAGE,
            "webapps/orders/WEB-INF/web.xml": WEB}.items():
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in ("work", "temp", "logs"):
        (base / name).mkdir()


def tomcat(base, port):
    home = needs.TOMCAT
    return Daemon(
        [needs.command("java"), "-Xshare:auto", "-XX:TieredStopAtLevel=1",
         "-cp", f"{home}/bin/bootstrap.jar:{home}/bin/tomcat-juli.jar",
         f"-Dcatalina.home={home}", f"-Dcatalina.base={base}",
         f"-Djava.io.tmpdir={base}/temp",
         "org.apache.catalina.startup.Bootstrap", "start"],
        port, base / "output")


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    """Its httpd; with a connector of its own, or that of the recipe."""
    def run(change=lambda connector: connector):
        base, port = tmp_path_factory.mktemp("tomcat"), free_port()
        write(base, change(recipe("Tomcat", "xml", [("8009", str(port))])))
        return tomcat(base, port), Httpd(
            recipe("Tomcat", replace=[("8009", str(port))]), files=FILES,
            modules=["proxy_ajp"])
    return run


def test_user_and_claims(serve):
    daemon, httpd = serve()
    with daemon, httpd as server:
        env = server.accepts("/orders/page.jsp",
                             SIGNER.mint(tenant="acme")).env
        assert (env["user"], env["tenant"]) == ("alice", "acme")
        assert env["authorization"] == "null"
        server.refuses("NO_TOKEN", "/orders/page.jsp")


def test_without_the_pattern_it_is_403(serve):
    """As the recipe says."""
    daemon, httpd = serve(lambda connector: re.sub(
        r'allowedRequestAttributesPattern="[^"]*"', "", connector))
    with daemon, httpd as server:
        assert server.get("/orders/page.jsp", SIGNER.mint()).status == 403
