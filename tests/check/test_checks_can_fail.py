# SPDX-License-Identifier: Apache-2.0
"""Prevents: a check that finds nothing because it has stopped looking.

Each check runs on a copy of the project in which one thing was made wrong, and
must say so; and on a copy without what it reads, and must not be content.
"""
import os
import shutil
import subprocess

import pytest

import analysis
import project

OLD_NAME = "AuthJWT" + "ThatNeverWas"
FIRST_ROW = "ROW(AuthJWTRefresh,"
NEW_ROW = (f'ROW({OLD_NAME}, never, FLAG, "1", "SECONDS", NULL, NULL) \\\n '
           f"{FIRST_ROW}")

# (check, file, what is replaced in it or "" for its end, by what, what to say)
WRONG = [
    ("layers", "src/core/token.c", "", '#include "keys/source.h"\n',
     'core may not include "keys/source.h"'),
    ("layers", "src/keys/source.c", "", '#include "token.h"\n',
     "does not name its folder"),
    ("layers", "src/keys/source.c", "", "#include <http_log.h>\n",
     "includes httpd's <http_log.h>"),
    ("layers", "mod_auth_jwt.c", "", '#include "cli/ajwt.h"\n',
     "does not name its folder"),
    ("cycles", "src/core/bytes.h", "", '#include "core/token.h"\n',
     "core/bytes -> core/token -> core/bytes"),
    ("layers", "src/httpd/process/child.c", "",
     '#include "httpd/request/authn.h"\n',
     'httpd/process may not include "httpd/request/authn.h"'),
    ("cycles", "src/core/base64url.c", "", '#include "core/token.h"\n',
     "core/base64url -> core/token -> core/base64url"),
    ("directives", "src/config/directives.h", FIRST_ROW, NEW_ROW,
     f"{OLD_NAME} has no section"),
    ("directives", "src/config/directives.h", FIRST_ROW, NEW_ROW,
     f"{OLD_NAME}: no file in tests/httpd"),
    ("directives", "src/config/directives.h", "", f"/* {OLD_NAME} */\n",
     f"no row understood for ['{OLD_NAME}']"),
    ("directives", "src/config/directives.h", '"3600"', '"3601"',
     "AuthJWTRefresh: its Default is not 3601"),
    ("directives", "docs/directives.md", "host, directory, .htaccess", "host, directory",
     "AuthJWTUser: its Context is not server config, virtual host, "
     "directory, .htaccess"),
    ("directives", "docs/directives.md", "Description: A trusted issuer",
     "Description: A trusted" + " very" * 25 + " issuer",
     "AuthJWTIssuer: its Description has over 25 words"),
    ("directives", "docs/directives.md", "`tenants=GUID", "`tenant=GUID",
     "AuthJWTIssuer has no tenant="),
    ("directives", "src/config/directives.h", "[documentation=", "[document=",
     "AuthJWTResource: nothing about document="),
    ("directives", "src/config/directives.h", "[documentation=", "[document=",
     "AuthJWTResource: no file in tests/httpd uses document="),
    ("directives", "README.md", "", f"\n{OLD_NAME}\n",
     f"{OLD_NAME} is not in src/config/directives.h"),
    ("directives", "docs/migrating-from-mod_authnz_jwt.md", "",
     f"\n{OLD_NAME}\n", f"{OLD_NAME} is not in src/config/directives.h"),
    ("directives", "docs/directives.md", "(#authjwtstale)", "(#authjwtstable)",
     "docs/directives.md: no link to AuthJWTStale"),
    ("examples", "conf-examples/cors.conf", "how do I answer",
     "how can I answer", "cors.conf is not listed with its question"),
    ("examples", "conf-examples/keycloak.conf", "KC-HOST", "KC-SERVER",
     "does not know KC-SERVER"),
    ("examples", "src/httpd/admin/placeholder.c", '"REALM"', '"REALMS"',
     "no example has REALMS"),
    ("examples", "tests/httpd/docs/test_task_examples.py", '"cors"', '"cars"',
     "cors.conf: no test"),
    ("examples", "docs/examples.md", "conf-examples/cors.conf",
     "conf-examples/cars.conf", "cors.conf is not listed"),
    ("directives", "docs/directives.md", "Syntax", "Sin tax",
     "AuthJWTIssuer: no Syntax"),
    ("directives", "docs/directives.md", "Example", "Sample",
     "AuthJWTIssuer: no Example"),
    ("reasons", "src/core/reason.h", '"JWT0002"', '"JWT0001"',
     "the tag JWT0001 is there twice"),
    ("reasons", "src/core/reason.h", "REASON(ACCEPTED,",
     'REASON(OLD_MILK, "JWT0998", INFO, 401, "", "sour", "no") \\\nREASON(ACCEPTED,',
     "OLD_MILK (JWT0998): no case"),
    ("reasons", "docs/log.md", "JWT0307", "JWT0999",
     "JWT0307 (EXPIRED) is not in a table"),
    ("reasons", "docs/log.md", "JWT0307", "JWT0999", "JWT0999 is not in"),
    ("reasons", "docs/log.md", "Likely cause", "Story",
     "JWT0307 (EXPIRED): no likely cause"),
    ("reasons", "tests/httpd/config/test_trust.py", '"ISSUED_IN_FUTURE"',
     '"EXPIRED"',
     "ISSUED_IN_FUTURE (JWT0309): no test in tests/httpd provokes it"),
    ("reasons", "docs/log.md", "If the token is new", "Else",
     "JWT0307 (EXPIRED): its Fix is not that"),
    ("format", "src/core/token.c", "", "int  a ;\n",
     "src/core/token.c"),
    ("calls", "src/core/token.c", "", "strcpy(a, b);\n", "strcpy: "),
    ("calls", "src/core/signature.c", "", "memcmp(a, b, c);\n", "memcmp: "),
    ("calls", "src/core/claims.c", "", "apr_time_now();\n", "apr_time_now: "),
    ("calls", "src/keys/source.c", "", "json_loads(a, b, c);\n",
     "json_loads: "),
    ("numbers", "src/keys/source.c", "", "#define AJWT_MAX_SOURCES 9\n",
     "AJWT_MAX_SOURCES belongs into"),
    ("links", "docs/keys.md", "", "[a](nowhere.md)\n",
     "docs/keys.md: nowhere.md is not there"),
    ("links", "docs/keys.md", "](log.md#", "](log.md#nowhere-",
     "no heading makes that anchor"),
    ("links", "docs/migrating.md", "](migrating-from-nginx.md)", "](log.md)",
     "docs/migrating-from-nginx.md: no other page has a link to it"),
    ("links", "docs/make/page.lua", '"migrating-from-nginx"', '"nginx"',
     "docs/migrating-from-nginx.md: it is not in the menu"),
    ("manual", "docs/directives.md", "Syntax: `AuthJWTStale SECONDS`",
     "Syntax: `AuthJWTStale S`", "docs/man/mod_auth_jwt.5 is not what"),
    ("tool", "src/config/directives.h", "default: exp", "default: sub",
     "--required-claims: its help says sub"),
    ("tool", "src/config/directives.h", '"user",  ', "NULL,  ",
     "no option for AuthJWTUser"),
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
    ("spdx", "src/core/json.c", "SPDX-", "", "src/core/json.c: no line SPDX"),
    ("spdx", "src/core/json.h", "Apache-2.0", "MIT",
     "src/core/json.h: no line SPDX"),
    ("spdx", "tests/run.py", "# SPDX-", "SPDX = ", "tests/run.py: no line"),
    ("spdx", "Makefile.apxs", "SPDX-", "", "Makefile.apxs: no line SPDX"),
    ("spdx", "debian/rules", "SPDX-", "", "debian/rules: no line SPDX"),
    ("spdx", "docs/make/page.lua", "SPDX-", "", "page.lua: no line SPDX"),
    ("targets", "tests/tests.mk", "\nsoak:", "\nbathe:",
     "bathe is not in the list"),
    ("targets", "Makefile.apxs", "apxs soak ", "apxs bathe ",
     "soak is not in the list"),
    ("targets", "Makefile.apxs", "apxs soak ", "apxs bathe ",
     "bathe is in the list, and no target"),
    ("targets", "Makefile.apxs", "apxs soak ", "apxs deb ",
     "deb is in the list twice"),
    ("threats", "docs/security.md", "| D9 F6 |", "| D9 |",
     "no promise is shown by F6"),
    ("threats", "docs/security.md", "| D9 F6 |", "| D9 F6 H1 |",
     "a promise names H1"),
    ("threats", "tests/threats.md", "`C5 infinity`", "`C5 infinitely`",
     "C5: no case of it is called C5 infinitely"),
    ("threats", "tests/threats.md", "| `matches_scopes`, `test_scopes` |",
     "| we are sure of it |", "E5: a row that names no case"),
    ("threats", "tests/vectors/form.jsonl", '"D7 ', '"D77 ',
     "D77 is not in tests/threats.md"),
    ("threats", "tests/unit/support_token.c", '"C7 ', '"C8 ',
     "C8 is not in tests/threats.md"),
    ("threats", "tests/unit/core/test_require.c", "", "/* E5: scopes */\n",
     "E5, but no test is below"),
    ("threats", "tests/httpd/request/test_bearer.py", 'threat("F1")', 'threat("F9")',
     "test_understood: F9 is not in tests/threats.md"),
]

# (check, what it reads)
READ = [
    ("layers", "src/core"), ("layers", "mod_auth_jwt.c"), ("cycles", "src"),
    ("directives", "src/config/directives.h"), ("directives", "README.md"),
    ("directives", "docs"), ("links", "docs"), ("manual", "docs"),
    ("directives", "tests/httpd"), ("directives", "conf-examples"),
    ("reasons", "src/core/reason.h"), ("reasons", "docs"),
    ("reasons", "tests/unit"), ("reasons", "tests/httpd"),
    ("format", ".clang-format"), ("format", "src"),
    ("calls", "src/core/signature.c"), ("calls", "mod_auth_jwt.c"),
    ("tool", "src/config/directives.h"),
    ("numbers", "src/core/limits.h"), ("numbers", "src/config/directives.h"),
    ("threats", "tests/threats.md"), ("threats", "tests/vectors"),
    ("threats", "tests/unit"), ("threats", "tests/httpd"),
    ("cppcheck", "src"), ("cppcheck", "tests/check/cppcheck.txt"),
    ("gcc_analyzer", "Makefile.apxs"), ("clang_tidy", "Makefile.apxs"),
    ("clang_tidy", ".clang-tidy"),
    ("version", "src/core/version.h"), ("version", "debian/changelog"),
    ("targets", "Makefile.apxs"), ("targets", "tests/tests.mk"),
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
    if ended.returncode == analysis.SKIPPED:
        pytest.skip(f"not here: {ended.stdout.strip()}")
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


@pytest.mark.parametrize("name", ["config.plist", "src/core/json.o",
                                  "docs/log.md~", "src/keys/load.c.orig"])
def test_a_generated_file_is_seen(copy, name):
    (copy / name).write_text("")
    assert f"{name}: is generated" in complaint("generated")


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
    assert "needs httpd's ap_something" in complaint("layers")
    os.remove(objects / "src/core/token.o")
    assert "token.o" in complaint("layers")


OUT_OF_BOUNDS = "int f(void)\n{\n    int a[2] = {0, 0};\n    return a[2];\n}\n"
NULL_POINTER = "int f(void)\n{\n    int *a = 0;\n    return *a;\n}\n"


@pytest.fixture
def small(copy):
    """So little of it that analysers are quick."""
    for folder in ("src/httpd", "src/keys", "src/cli", "src/cache", "src/net",
                   "src/config", "tests/unit"):
        shutil.rmtree(copy / folder)
    for path in (copy / "src/core").glob("*.c"):
        if path.name != "env_name.c":
            os.remove(path)
    (copy / "mod_auth_jwt.c").write_text("int nothing;\n")
    return copy


@pytest.mark.parametrize("check, path, old, new, says", [
    ("cppcheck", "src/core/env_name.c", "", OUT_OF_BOUNDS, "arrayIndexOutOfBounds"),
    ("cppcheck", "tests/check/cppcheck.txt", "", "nullPointer:src/core/env_name.c\n",
     "Unmatched suppression: nullPointer"),
    ("gcc_analyzer", "src/core/env_name.c", "", NULL_POINTER,
     "-Werror=analyzer-null-dereference"),
    ("clang_tidy", "src/core/env_name.c", "", NULL_POINTER,
     "clang-analyzer-core.NullDereference"),
    ("clang_tidy", ".clang-tidy", "  -cert-err33-c,",
     "  -cert-err33-c,\n  -cert-err34-c,", "cert-err34-c has no reason"),
    ("clang_tidy", ".clang-tidy", "# cert-err33-c: ", "# cert-err33-c:",
     "cert-err33-c has no reason"),
    ("clang_tidy", ".clang-tidy", "", "", "cert-err33-c finds nothing"),
])
def test_an_analyser_sees_what_is_wrong(small, check, path, old, new, says):
    test_a_check_sees_what_is_wrong(small, check, path, old, new, says)


def test_an_analyser_is_content(small):
    assert complaint("gcc_analyzer") is None


# As Makefile.apxs has them, each replaced in turn by what is worse
HARDENED = ["-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2",
            "-fstack-protector-all", "-fcf-protection", "-fPIC", "-pie",
            "-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack",
            "-Wl,-z,separate-code"]
PROGRAM = """
#include <stdio.h>
#ifdef WRITABLE
__attribute__((section(".both,\\"awx\\"#"))) int both(void) { return 0; }
#endif
int main(int argc, char **argv) { return printf("%s", argv[argc - 1]); }
"""


def build_products(folder, flags):
    """The least that can be hardened."""
    (folder / "obj").mkdir()
    module = [flag for flag in flags if flag not in ("-pie", "-no-pie")]
    compile_c(PROGRAM, *flags, "-o", str(folder / "ajwt"))
    compile_c(PROGRAM, *module, "-shared", "-o", str(folder / "mod_auth_jwt.so"))
    compile_c(PROGRAM, *module, "-c", "-o", str(folder / "obj/mod_auth_jwt.o"))


@pytest.mark.parametrize("old, new, says", [
    ("-D_FORTIFY_SOURCE=2", "-DNOTHING", "nothing fortified"),
    ("-fstack-protector-all", "-fno-stack-protector", "no stack protector"),
    ("-fcf-protection", "-fcf-protection=none", "compile with -fcf-protection"),
    ("-pie", "-no-pie", "no PIE"),
    ("-Wl,-z,relro", "-Wl,-z,norelro", "no GNU_RELRO"),
    ("-Wl,-z,now", "-Wl,-z,lazy", "no BIND_NOW"),
    ("-Wl,-z,noexecstack", "-Wl,-z,execstack", "the stack is executable"),
    ("-Wl,-z,separate-code", "-Wl,-z,noseparate-code", "headers are executable"),
    ("-Wl,-z,relro", "-Wl,-z,relro,-rpath,/tmp", "RUNPATH is there"),
    ("-O2", "-DWRITABLE", "both writable and executable"),
])
def test_a_lost_flag_is_seen(copy, monkeypatch, old, new, says):
    monkeypatch.setenv("AJWT_BUILD", str(copy))
    build_products(copy, [new if flag == old else flag for flag in HARDENED])
    assert says in complaint("hardening")


def test_a_hardened_build_is_no_complaint(copy, monkeypatch):
    monkeypatch.setenv("AJWT_BUILD", str(copy))
    assert "mod_auth_jwt.so" in complaint("hardening")
    build_products(copy, HARDENED)
    assert complaint("hardening") is None
    os.remove(copy / "obj/mod_auth_jwt.o")
    assert "no objects" in complaint("hardening")


# Two cases, the second of which takes ten times the instructions
BOUNDED = """
#include <stdio.h>
#include <valgrind/callgrind.h>
static void run(const char *name, int times)
{
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
    for (volatile int i = 0; i < times; i++)
        ;
    CALLGRIND_DUMP_STATS_AT(name);
    CALLGRIND_STOP_INSTRUMENTATION;
}
int main(void)
{
    printf("ordinary;1;1;0;A;A\\n%s\\n", ROW);
    run("ordinary", 1000);
    run("worse", 10000);
    return 0;
}
"""


@pytest.mark.parametrize("row, says", [
    ("worse;9;1;0;A;A", "times an ordinary token, not 9"),
    ("worse;12;1;1025;A;A", "worse: 1025 bytes, not 1 KiB"),
    ("worse;12;1;0;A;B", "worse: A, not B"),
    ("other;12;1;0;A;A", "cases without a count"),
    ("worse;12;1;0;A;A", None)])
def test_what_costs_too_much_is_seen(copy, monkeypatch, row, says):
    monkeypatch.setenv("AJWT_BUILD", str(copy))
    (copy / "unit/core").mkdir(parents=True)
    compile_c(BOUNDED, f'-DROW="{row}"', "-o", str(copy / "unit/core/bounds"))
    said = complaint("bounds")
    assert says in said if says else said is None


UNDEFINED = """
#include <valgrind/memcheck.h>
int main(void)
{
    volatile int secret = 0;
    (void)VALGRIND_MAKE_MEM_UNDEFINED(&secret, sizeof secret);
    return LOOKS && secret ? puts("") : 0;
}
"""


@pytest.mark.parametrize("looks, says", [
    (1, "a comparison of secrets looks at them"),
    (0, "one that looks at them is not noticed")])
def test_a_comparison_that_takes_its_time_is_seen(copy, monkeypatch, looks,
                                                  says):
    monkeypatch.setenv("AJWT_BUILD", str(copy))
    (copy / "unit/core").mkdir(parents=True)
    compile_c("#include <stdio.h>\n" + UNDEFINED, f"-DLOOKS={looks}",
              "-o", str(copy / "unit/core/constant_time"))
    assert says in complaint("constant_time")
