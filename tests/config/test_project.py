"""`sqlx.yaml`: found, layered, judged with file:line:column, and free of secrets."""

from __future__ import annotations

import json
import traceback
from datetime import timedelta
from pathlib import Path

import pytest

from kernel.config.environment import Environment
from kernel.config.policy import ConnectionPolicy, LockBudget
from kernel.config.project import Project, open_project
from kernel.config.redact import Redactor
from kernel.config.secret import Secret, Secrets
from kernel.core.errors import ConfigError, NotUnderstood, SqlxError

FULL = """\
version: 1
targets:
  shop:
    url_template: pg://{host}:{port}/shop
    values: {host: env:SHOP_HOST, port: 5433}
    user: deploy
    password: env:SHOP_PASSWORD
    environment: prod
    protected: true
    connection:
      certificate: {ca: certs/ca.pem}
      timeouts: {connect: 3s, statement: 5m, lock: 2s}
      application_name: sqlx-cd
    include: ["shop.*"]
    exclude: ["shop.tmp_*", "*.old"]
    lock_budget: {blocked_writes_ms: 500}
    twin: local
  local:
    url_template: file:///shop.db
schema: [schema/, extra/*.sql]
plans: out/plans
trust: {required_signatures: 2, plan_expiry: 24h}
audit: {branch: audit/shop, enabled: false}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    (root / "services" / "shop").mkdir(parents=True)
    return root


def environment(home: Path, **variables: str) -> Environment:
    return Environment(variables, home)


def opened(root: Path, text: str, user: str = "", explicit: str = "", **variables: str) -> Project:
    home = root.parent / "home"
    (home / ".config/sqlx").mkdir(parents=True, exist_ok=True)
    if user:
        (home / ".config/sqlx/config.yaml").write_text(user)
        (home / ".config/sqlx/config.yaml").chmod(0o600)
    (root / "sqlx.yaml").write_text(text)
    return open_project(root, environment(home, **variables), explicit)


def refused(root: Path, text: str, user: str = "", **variables: str) -> SqlxError:
    with pytest.raises(SqlxError) as caught:
        opened(root, text, user, **variables)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value)) + json.dumps(caught.value.as_json())
    assert caught.value.next
    return caught.value


def secrets(**variables: str) -> Secrets:
    return Secrets(Environment(variables, Path("/nowhere")), Redactor())


def test_everything_that_can_be_said(repository: Path) -> None:
    project = opened(repository, FULL)
    shop = project.target("shop").resolve(secrets(SHOP_HOST="db.example", SHOP_PASSWORD="hunter2"))
    assert shop.url == "pg://deploy@db.example:5433/shop"
    assert (shop.name, shop.password, shop.environment, shop.protected, shop.twin) == ("shop", Secret("hunter2"), "prod", True, "local")
    assert shop.connection == ConnectionPolicy(False, str(repository / "certs/ca.pem"), "", 3000, 300_000, 2000, "sqlx-cd")
    assert (shop.include, shop.exclude, shop.lock_budget) == (("shop.*",), ("shop.tmp_*", "*.old"), LockBudget(500, 50))
    assert project.plans == repository / "out/plans"
    assert (project.trust.required_signatures, project.trust.plan_expiry) == (2, timedelta(hours=24))
    assert (project.audit.branch, project.audit.enabled) == ("audit/shop", False)
    assert "hunter2" not in repr(project) + repr(shop)


def test_defaults(repository: Path) -> None:
    for project in (opened(repository, ""), open_project(repository / "services", environment(repository))):
        assert project.targets == ()
        assert project.schema == ("schema/",)
        assert project.plans == repository / "plans"
        assert project.trust.allowed_signers == repository / ".sqlx/trust/allowed_signers"
        assert (project.trust.required_signatures, project.trust.plan_expiry, project.audit.branch) == (1, timedelta(hours=72), "sqlx-audit")
        assert project.schema_files() == project.policy_files() == ()


def test_it_is_found_upward_to_the_root_of_the_checkout(repository: Path) -> None:
    opened(repository, "version: 1")
    here = repository / "services" / "shop"
    assert open_project(here, environment(repository)).file == repository / "sqlx.yaml"
    (repository / "services" / "sqlx.yaml").write_text("")
    assert open_project(here, environment(repository)).root == repository / "services"
    (repository.parent / "sqlx.yaml").write_text("")
    (repository / "sqlx.yaml").unlink()
    (repository / "services" / "sqlx.yaml").unlink()
    assert open_project(here, environment(repository)).file is None
    assert open_project(repository.parent, environment(repository)).file == repository.parent / "sqlx.yaml"


def test_it_is_not_found_inside_a_bare_repository(repository: Path) -> None:
    bare = repository / "vendored.git"
    for folder in ("objects", "refs", "hooks"):
        (bare / folder).mkdir(parents=True)
    (bare / "HEAD").write_text("ref: refs/heads/main\n")
    (bare / "hooks" / "sqlx.yaml").write_text("")
    opened(repository, "version: 1")
    assert open_project(bare / "hooks", environment(repository)).file is None


def test_the_command_line_and_sqlx_config_name_a_file(repository: Path) -> None:
    opened(repository, "version: 1")
    (repository / "other.yaml").write_text("plans: elsewhere")
    (repository / "third.yaml").write_text("plans: third")
    assert open_project(repository, environment(repository, SQLX_CONFIG="other.yaml")).plans.name == "elsewhere"
    assert open_project(repository, environment(repository, SQLX_CONFIG="other.yaml"), "third.yaml").plans.name == "third"
    with pytest.raises(ConfigError, match=r"no\.yaml"):
        open_project(repository, environment(repository), "no.yaml")


def test_layers_and_where_each_value_comes_from(repository: Path) -> None:
    user = "plans: mine\nknowledge: mine\nsnapshots: mine\ntargets:\n  shop:\n    password: env:MINE\n"
    project = opened(repository, "plans: ours\nknowledge: ours\ntargets:\n  shop:\n    url_template: pg://db/shop\n", user, SQLX_PLANS="theirs")
    assert [path.name for path in (project.plans, project.knowledge, project.snapshots)] == ["theirs", "ours", "mine"]
    assert str(project.origin("plans")) == "SQLX_PLANS"
    assert str(project.origin("knowledge")) == "sqlx.yaml:2:12"
    assert str(project.origin("snapshots")).endswith("/.config/sqlx/config.yaml:3:12")
    assert str(project.origin("schema")) == "default"
    assert [project.origin(path).layer for path in ("plans", "knowledge", "snapshots", "policy")] == ["environment", "project", "user", "default"]
    assert project.origin("targets.shop.password").layer == "user"
    assert str(project.origin("targets.shop.url_template")) == "sqlx.yaml:5:19"
    assert project.target("shop").resolve(secrets(MINE="hunter2")).password == Secret("hunter2")


def test_positions_are_seen_from_where_people_stand(repository: Path) -> None:
    opened(repository, "version: 1")
    (repository / "sqlx.yaml").write_text("plan: x\n")
    with pytest.raises(NotUnderstood) as caught:
        open_project(repository / "services" / "shop", environment(repository))
    assert caught.value.where == "../../sqlx.yaml:1:1"


TARGET = "targets:\n  shop:\n    url_template: pg://db/shop\n"


@pytest.mark.parametrize(("text", "place", "key", "meant"), [
    ("version: 1\nplan: x\n", "2:1", "plan", "plans"),
    ("target: {}\n", "1:1", "target", "targets"),
    (TARGET + "    pasword: env:X\n", "4:5", "pasword", "password"),
    (TARGET + "    passwd: hunter2\n", "4:5", "passwd", "password"),
    (TARGET + "    connection: {timeout: 3s}\n", "4:18", "timeout", "timeouts"),
    (TARGET + "    connection:\n      timeouts: {conect: 3s}\n", "5:18", "conect", "connect"),
    (TARGET + "    connection: {certificate: {Pin: x}}\n", "4:32", "Pin", "pin"),
    (TARGET + "    lock_budget: {blocked_write_ms: 3}\n", "4:19", "blocked_write_ms", "blocked_writes_ms"),
    (TARGET + "    password: {exce: [x]}\n", "4:16", "exce", "exec"),
    ("trust: {signers: x}\n", "1:9", "signers", "allowed_signers"),
    ("audit: {brunch: x}\n", "1:9", "brunch", "branch"),
])
def test_a_typo_of_a_key_is_named_at_its_place(repository: Path, text: str, place: str, key: str, meant: str) -> None:
    error = refused(repository, text)
    assert type(error) is NotUnderstood
    assert error.exit_code == 65
    assert error.where == f"sqlx.yaml:{place}"
    assert f"`{key}`" in error.what
    assert f"did you mean `{meant}`" in error.what


@pytest.mark.parametrize(("text", "place", "says"), [
    ("version: 2\n", "1:10", "version 1"),
    ("version: one\n", "1:10", "whole number"),
    ("a: [\n", "2:1", "bracket"),
    ("plans: a\nplans: b\n", "2:1", "twice"),
    ("version: 1\n---\nversion: 1\n", "3:1", "one document"),
    ("- a\n", "1:1", "key: value"),
    ("targets:\n  shop: {user: x}\n", "2:9", "url_template"),
    ("targets:\n  shop:\n    url_template: pg://app:hunter2@db/shop\n", "3:19", "password stands"),
    ("targets:\n  shop:\n    url_template: pg://app@db/shop?password=hunter2\n", "3:19", "password stands"),
    ("targets:\n  shop:\n    url_template: 'pg://app:{password}@db/shop'\n", "3:19", "{password}"),
    ("targets:\n  shop:\n    url_template: 'pg://app:{pw}@db/shop'\n    values: {pw: env:PW}\n", "3:19", "password stands"),
    ("targets:\n  shop:\n    url_template: pg://app:hunter2/x@db/shop\n", "3:19", "percent-encoded"),
    ("targets:\n  shop:\n    url_template: pg://db/shop?sslmode=disable\n", "3:19", "sslmode"),
    ("targets:\n  shop:\n    url_template: pg://{hsot}/shop\n    values: {host: db}\n", "3:19", "did you mean `{host}`"),
    ("targets:\n  shop:\n    url_template: pg://db/shop\n    values: {host: db}\n", "3:19", "not used"),
    ("targets:\n  shop:\n    url_template: pg://{/shop\n", "3:19", "brace"),
    ("targets:\n  shop:\n    url_template: pg://app@db/shop\n    user: root\n", "3:19", "user is given twice"),
    (TARGET + "    password: hunter2\n", "4:15", "in clear"),
    (TARGET + "    password: 'hunter2:x'\n", "4:15", "in clear"),
    (TARGET + "    password: 12345\n", "4:15", "in clear"),
    (TARGET + "    password:\n", "4:5", "in clear"),
    (TARGET + "    password: [hunter2]\n", "4:15", "in clear"),
    (TARGET + "    password: exec:touch /tmp/owned\n", "4:15", "may not name a program"),
    (TARGET + "    password: {exec: [touch, /tmp/owned]}\n", "4:15", "may not name a program"),
    (TARGET + "    twin: pg://u:hunter2@h/d\n", "3:19", "password stands"),
    (TARGET + "    twin: sop\n", "3:19", "twin"),
    (TARGET + "    protected: yes\n", "4:16", "true"),
    (TARGET + "    connection: {plaintext: yes}\n", "4:29", "allowed"),
    (TARGET + "    connection: {timeouts: {lock: 5}}\n", "4:35", "duration"),
    (TARGET + "    connection: {timeouts: {lock: 0s}}\n", "4:35", "zero"),
    (TARGET + "    connection: {certificate: {pin: abc}}\n", "4:37", "fingerprint"),
    (TARGET + "    lock_budget: {blocked_reads_ms: -1}\n", "4:37", "less than zero"),
    (TARGET + "    include: {a: b}\n", "4:14", "text"),
    ("plans: /etc\n", "1:8", "out of the repository"),
    ("plans: ../x\n", "1:8", "out of the repository"),
    ("schema: [a, ../../x]\n", "1:13", "out of the repository"),
    ("trust: {allowed_signers: /etc/passwd}\n", "1:26", "out of the repository"),
    ("trust: {plan_expiry: 15d}\n", "1:22", "14 days"),
    ("trust: {plan_expiry: 0s}\n", "1:22", "14 days"),
    ("trust: {required_signatures: -1}\n", "1:30", "less than zero"),
    ("audit: {branch: -x}\n", "1:17", "branch"),
    ("audit: {branch: a..b}\n", "1:17", "branch"),
    ("audit: {branch: a/.lock}\n", "1:17", "branch"),
    ("audit: {enabled: on}\n", "1:18", "true"),
    ("a: &x 1\n", "1:4", "`&`"),
])
def test_what_is_wrong_is_a_configuration_error_at_its_place(repository: Path, text: str, place: str, says: str) -> None:
    error = refused(repository, text)
    assert type(error) is ConfigError
    assert error.exit_code == 78
    assert error.where == f"sqlx.yaml:{place}"
    assert says in error.what


def test_a_wrong_variable_is_named(repository: Path) -> None:
    assert refused(repository, "", SQLX_AUDIT_BRANCH="-x").where == "SQLX_AUDIT_BRANCH"


def test_the_user_may_name_a_program_and_a_place_elsewhere(repository: Path) -> None:
    user = "plans: /elsewhere\ntargets:\n  shop:\n    password: {exec: [echo, hunter2]}\n"
    project = opened(repository, TARGET, user)
    assert project.target("shop").resolve(secrets()).password == Secret("hunter2")
    assert project.plans == Path("/elsewhere")


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_user_file_that_others_may_write_is_refused(repository: Path, mode: int) -> None:
    opened(repository, TARGET, "plans: mine")
    file = repository.parent / "home/.config/sqlx/config.yaml"
    file.chmod(mode)
    with pytest.raises(ConfigError, match="others may write") as caught:
        open_project(repository, environment(repository.parent / "home"))
    assert f"chmod go-w {file}" in caught.value.next


def test_values_are_encoded_into_the_url(repository: Path) -> None:
    text = "targets:\n  shop:\n    url_template: pg://{host}/{db}\n    values: {host: env:H, db: 'a b?x=1#@'}\n    user: env:U\n"
    target = opened(repository, text).target("shop")
    shop = target.resolve(secrets(H="[::1]:99", U="a@b"))
    assert (shop.host, shop.port, shop.database, shop.user, shop.options) == ("::1", 99, "a b?x=1#@", "a@b", ())
    assert target.resolve(secrets(H="x@evil", U="u")).host == "x@evil"
    with pytest.raises(ConfigError) as caught:
        target.resolve(secrets(H="h"))
    assert (caught.value.where, caught.value.next) == ("sqlx.yaml:5:11", "export U")


def test_an_unknown_target_names_the_nearest(repository: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean `shop`"):
        opened(repository, FULL).target("shpo")
    with pytest.raises(ConfigError, match="there is no target"):
        opened(repository, "").target("shop")


def test_schema_files(repository: Path) -> None:
    for name in ("schema/users.yaml", "schema/a/b/orders.yml", "schema/views.sql", "schema/README.md", "extra/x.sql", "extra/y.yaml"):
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).touch()

    def names(text: str) -> list[str]:
        return [str(path.relative_to(repository)) for path in opened(repository, text).schema_files()]

    assert names("") == names("schema: schema") == ["schema/a/b/orders.yml", "schema/users.yaml", "schema/views.sql"]
    assert names("schema: [schema/users.yaml, extra/*.sql, '**/*.yml']") == ["extra/x.sql", "schema/a/b/orders.yml", "schema/users.yaml"]
    for text in ("schema: nothing", "schema: ['nothing/*.yaml']"):
        with pytest.raises(ConfigError, match="there is nothing at nothing") as caught:
            names(text)
        assert caught.value.where.startswith("sqlx.yaml:1:")
    (repository / "empty").mkdir()
    assert names("schema: empty") == []


@pytest.mark.parametrize(("link", "leads_to"), [
    ("schema/x.yaml", "/etc/passwd"), ("schema/etc", "/etc"), ("schema/x.sql", "nowhere"), ("policy", ".."),
])
def test_links_out_of_the_repository_are_refused(repository: Path, link: str, leads_to: str) -> None:
    (repository / "schema").mkdir()
    (repository.parent / "x.yaml").touch()
    (repository / link).symlink_to(leads_to)
    project = opened(repository, "version: 1")
    with pytest.raises(ConfigError, match="not a file of this repository"):
        assert project.schema_files() + project.policy_files()


def test_a_bomb_is_a_configuration_error(repository: Path) -> None:
    for text in ("[" * 10_000, "a: &a [*a]", "x: " + "y" * 3_000_000):
        assert type(refused(repository, text)) is ConfigError
