"""Prevents: a check that finds nothing because it has stopped looking.

Each check runs on a copy of the project in which one thing was made wrong, and
must say so; and on a copy without what it reads, and must not be content.
"""
import os
import shutil
import subprocess

import pytest

import project

OLD_NAME = "AuthJWT" + "ThatNeverWas"
FIRST_ROW = "SRV(AuthJWTRefresh,"
NEW_ROW = f'SRV({OLD_NAME}, never, "1", "SECONDS") \\\n {FIRST_ROW}'

# (check, file, what is replaced in it or "" for its end, by what, what to say)
WRONG = [
    ("floors", "src/core/token.c", "", '#include "keys/source.h"\n',
     'core may not include "keys/source.h"'),
    ("floors", "src/keys/source.c", "", '#include "token.h"\n',
     "does not name its floor"),
    ("floors", "src/keys/source.c", "", "#include <http_log.h>\n",
     "includes httpd's <http_log.h>"),
    ("floors", "mod_auth_jwt.c", "", '#include "cli/ajwt.h"\n',
     "does not name its floor"),
    ("cycles", "src/core/bytes.h", "", '#include "core/token.h"\n',
     "core/bytes.h -> core/token.h -> core/bytes.h"),
    ("directives", "src/httpd/directives.h", FIRST_ROW, NEW_ROW,
     f"{OLD_NAME} has no section"),
    ("directives", "src/httpd/directives.h", FIRST_ROW, NEW_ROW,
     f"{OLD_NAME}: no file in tests/httpd"),
    ("directives", "src/httpd/directives.h", "", f"/* {OLD_NAME} */\n",
     f"no row understood for ['{OLD_NAME}']"),
    ("directives", "src/httpd/directives.h", '"3600"', '"3601"',
     "AuthJWTRefresh: its Default is not 3601"),
    ("directives", "README.md", "", f"\n{OLD_NAME}\n",
     f"{OLD_NAME} is not in src/httpd/directives.h"),
    ("examples", "conf-examples/cors.conf", "how do I answer",
     "how can I answer", "cors.conf is not listed with its question"),
    ("examples", "tests/httpd/test_task_examples.py", '"cors"', '"cars"',
     "cors.conf: no test"),
    ("examples", "README.md", "conf-examples/cors.conf",
     "conf-examples/cars.conf", "cors.conf is not listed"),
    ("directives", "README.md", "Syntax", "Sin tax", "AuthJWTIssuer: no Syntax"),
    ("directives", "README.md", "Example", "Sample",
     "AuthJWTIssuer: no Example"),
    ("reasons", "src/core/reason.h", '"JWT0002"', '"JWT0001"',
     "the tag JWT0001 is there twice"),
    ("reasons", "src/core/reason.h", "REASON(ACCEPTED,",
     'REASON(OLD_MILK, "JWT0998", INFO, 401, "", "sour") \\\nREASON(ACCEPTED,',
     "OLD_MILK (JWT0998): no case"),
    ("reasons", "README.md", "JWT0307", "JWT0999",
     "JWT0307 (EXPIRED) is not in a table"),
    ("reasons", "README.md", "JWT0307", "JWT0999", "JWT0999 is not in"),
    ("format", "src/core/token.c", "", "int  a ;\n",
     "src/core/token.c"),
    ("calls", "src/core/token.c", "", "strcpy(a, b);\n", "strcpy: "),
    ("calls", "src/core/signature.c", "", "memcmp(a, b, c);\n", "memcmp: "),
    ("calls", "src/core/claims.c", "", "apr_time_now();\n", "apr_time_now: "),
    ("calls", "src/keys/source.c", "", "json_loads(a, b, c);\n",
     "json_loads: "),
    ("numbers", "src/keys/source.c", "", "#define AJWT_MAX_SOURCES 9\n",
     "AJWT_MAX_SOURCES belongs into"),
    ("version", "debian/changelog", "(", "(9", "debian/changelog: its version"),
    ("version", "docs/CHANGES.md", "\n## ", "\n## 9", "CHANGES.md: its version"),
    ("version", "docs/man/ajwt.1", "jwt 0", "jwt 9", "ajwt.1: its version"),
    ("version", "docs/man/mod_auth_jwt.5", ".TH", ".tH", "its version is None"),
    ("version", "docs/packaging/mod_auth_jwt.spec", "\nVersion:  ",
     "\nVersion:  9", "mod_auth_jwt.spec: its version"),
    ("version", "src/core/version.h", '_VERSION "', '_VERSION "0',
     "is no semantic version"),
    ("leftovers", "README.md", "", "/" + "home/somebody/project\n",
     "a path of one machine"),
    ("leftovers", "README.md", "", "https://registry." + "npmjs.org/x\n",
     "a package registry"),
    ("leftovers", "README.md", "", "as issue" + " 12 says\n",
     "talk about the work"),
]

# (check, what it reads)
READ = [
    ("floors", "src/core"), ("floors", "mod_auth_jwt.c"), ("cycles", "src"),
    ("directives", "src/httpd/directives.h"), ("directives", "README.md"),
    ("directives", "tests/httpd"), ("directives", "conf-examples"),
    ("reasons", "src/core/reason.h"), ("reasons", "README.md"),
    ("reasons", "tests/unit"), ("format", ".clang-format"), ("format", "src"),
    ("calls", "src/core/signature.c"), ("calls", "mod_auth_jwt.c"),
    ("numbers", "src/core/limits.h"), ("numbers", "src/httpd/directives.h"),
    ("version", "src/core/version.h"), ("version", "debian/changelog"),
]


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the project, and the current folder for this test."""
    ignore = shutil.ignore_patterns(*project.IGNORED)
    folder = shutil.copytree(".", tmp_path / "project", ignore=ignore)
    monkeypatch.setenv("AJWT_BUILD", os.path.abspath(project.build_folder()))
    monkeypatch.chdir(folder)
    yield folder
    shutil.rmtree(folder)  # or pytest would keep every copy


def complaint(check):
    """What the check says when it fails; None when it does not."""
    ended = subprocess.run(
        ["/usr/bin/python3", f"tests/check/check_{check}.py"], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    assert "Traceback" not in ended.stdout, ended.stdout
    return ended.stdout if ended.returncode else None


def compile_c(text, *arguments):
    subprocess.run(["gcc", "-x", "c", "-", *arguments], input=text, text=True,
                   check=True, timeout=60)


@pytest.mark.parametrize("check, path, old, new, says", WRONG,
                         ids=[f"{row[0]}: {row[4]}" for row in WRONG])
def test_a_check_sees_what_is_wrong(copy, check, path, old, new, says):
    text = (copy / path).read_text()
    assert old in text
    broken = text.replace(old, new) if old else text + new
    (copy / path).write_text(broken)
    assert says in complaint(check)


@pytest.mark.parametrize("check, path", READ)
def test_a_check_wants_what_it_reads(copy, check, path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    else:
        os.remove(path)
    assert path.split("/")[0] in complaint(check)


def test_a_second_exported_symbol_is_seen(copy, monkeypatch):
    monkeypatch.setenv("AJWT_BUILD", str(copy))
    assert "mod_auth_jwt.so" in complaint("exports")
    compile_c("int auth_jwt_module, one_more;", "-shared", "-fPIC",
              "-o", "mod_auth_jwt.so")
    assert "one_more" in complaint("exports")


def test_a_symbol_of_httpd_is_seen(copy, monkeypatch):
    objects = copy / "obj"
    shutil.copytree(os.path.join(project.build_folder(), "obj"), objects)
    monkeypatch.setenv("AJWT_BUILD", str(copy))
    compile_c("int ap_something(void); int f(void) { return ap_something(); }",
              "-c", "-o", str(objects / "src/core/token.o"))
    assert "needs httpd's ap_something" in complaint("floors")
    os.remove(objects / "src/core/token.o")
    assert "token.o" in complaint("floors")
