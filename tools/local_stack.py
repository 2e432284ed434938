"""The whole template on this machine, without Docker and without an account: MiniStack, an emulator of AWS in one process.

    python tools/local_stack.py up [--port 4566]    start it, deploy what `sam build` made, say how to upload
    python tools/local_stack.py down                stop it; .local/ keeps the state for the next `up`

`make local` and `make local-down` do this. What the emulator does and does not do: docs/local.md.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv-local/bin/python"
BUILD = ROOT / ".aws-sam/build"
REGION = "us-east-1"
CHILDREN = 2
KEY = "the-key-of-the-stack-on-this-machine"  # of the query API, which listens here only
# MiniStack takes any; these name nobody, so that nothing here can ever reach an account.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}


class LocalStackFailed(RuntimeError):  # noqa: N818
    """The emulator does not start or the template does not deploy. The message has the end of the log."""


@dataclass(frozen=True, slots=True)
class LocalStack:
    """One emulator: its state in `folder`, its only socket on 127.0.0.1:`port`."""

    folder: Path
    port: int

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def pid(self) -> int | None:
        """The emulator's process, where it runs."""
        try:
            pid = int((self.folder / "pid").read_text(encoding="ascii"))
            return pid if b"ministack" in Path(f"/proc/{pid}/cmdline").read_bytes() else None
        except (OSError, ValueError):
            return None

    def workers(self) -> list[int]:
        """The processes that hold functions: children of the emulator."""
        pid = self.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()] if pid else []

    def environment(self) -> dict[str, str]:
        """This process's environment without anything of AWS's but what leads to the emulator."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return clean | CREDENTIALS | {"AWS_ENDPOINT_URL": self.endpoint, "SAM_CLI_TELEMETRY": "0"}

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106  of the emulator
        )

    def start(self) -> None:
        """Start the emulator with the state that is there; nothing where it runs already. Raises LocalStackFailed."""
        if self.pid:
            return
        scratch = self.folder / "tmp"
        shutil.rmtree(scratch, ignore_errors=True)  # unpacked functions of workers that were killed
        scratch.mkdir(parents=True)
        settings = {
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",  # all interfaces otherwise
            "MINISTACK_HOST": "127.0.0.1",
            "LAMBDA_EXECUTOR": "local",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.folder / "s3"),
            "TMPDIR": str(scratch),
            "POWERTOOLS_TRACE_DISABLED": "true",  # no X-Ray daemon here
        }
        with self.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603
                [str(PYTHON), "-m", "ministack"],
                env=self.environment() | settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        (self.folder / "pid").write_text(str(process.pid), encoding="ascii")
        for _ in range(600):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=5) as answer:  # noqa: S310
                if answer.status == 200 and process.poll() is None:
                    return
            if process.poll() is not None:
                break
            time.sleep(0.1)
        self._fail("MiniStack did not start")

    def stop(self) -> None:
        """End the emulator and wait until it has saved its state."""
        pid, workers = self.pid, self.workers()
        if not pid:
            return
        os.kill(pid, signal.SIGTERM)
        for _ in range(600):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            if not self.pid:
                break
            time.sleep(0.1)
        for left in [*([pid] if self.pid else []), *workers]:
            if b"ministack" in _command(left):
                os.kill(left, signal.SIGKILL)
        (self.folder / "pid").unlink(missing_ok=True)

    def deploy(self, build: Path = BUILD, **parameters: str) -> dict[str, str]:
        """`sam deploy` of a built template, with `parameters` of it; the stack's outputs. Raises LocalStackFailed."""
        overrides = [f"{name}={value}" for name, value in parameters.items()]
        template = build / "template.local.yaml"
        template.write_text(json.dumps(without_metric_math(yaml.safe_load((build / "template.yaml").read_text(encoding="utf-8")))))
        done = subprocess.run(  # noqa: S603
            [
                sam(),
                "deploy",
                "--no-progressbar",
                "--config-env",
                "local",
                "--config-file",
                ROOT / "samconfig.toml",
                "--template-file",
                template,
                *(["--parameter-overrides", *overrides] if overrides else []),
            ],
            cwd=build,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            self._fail("sam deploy failed:\n" + (done.stdout + done.stderr)[-3000:])
        self._numbers()
        self._bounds()
        return self.outputs()

    def page(self, outputs: dict[str, str]) -> str:
        """Where the emulator answers for the query API, whose own address is AWS's."""
        api = outputs["QueryUrl"].removeprefix("https://").partition(".")[0]
        return f"{self.endpoint}/_aws/execute-api/{api}/$default/"

    def outputs(self) -> dict[str, str]:
        (stack,) = self.client("cloudformation").describe_stacks(StackName="standpoint")["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def _numbers(self) -> None:
        """Give the event source mappings their numbers anew.

        MiniStack 1.5.33 hands a template's parameters on as text, also those of type Number, and its poller then fails at comparing.
        """
        functions = self.client("lambda")
        for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
            functions.update_event_source_mapping(
                UUID=mapping["UUID"],
                BatchSize=int(mapping["BatchSize"]),
                ScalingConfig={"MaximumConcurrency": int(mapping["ScalingConfig"]["MaximumConcurrency"])},
            )

    def _bounds(self) -> None:
        """Bound each distributed map to two children at one time.

        MiniStack 1.5.33 does not know MaxConcurrencyPath: it would start 64, and a process with the model for each.
        """
        machines = self.client("stepfunctions")
        for found in machines.list_state_machines()["stateMachines"]:
            told = machines.describe_state_machine(stateMachineArn=found["stateMachineArn"])
            definition = json.loads(told["definition"])
            for state in definition["States"].values():
                if state.pop("MaxConcurrencyPath", None):
                    state["MaxConcurrency"] = CHILDREN
            machines.update_state_machine(stateMachineArn=found["stateMachineArn"], definition=json.dumps(definition))

    def _fail(self, what: str) -> None:
        raise LocalStackFailed(f"{what}\n{self.log}:\n{self.log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def without_metric_math(template: dict[str, Any]) -> dict[str, Any]:
    """The template with each alarm of several metrics watching the first of them: MiniStack 1.5.33 refuses metric math.

    Nothing rings here anyway; the alarms are there so that what names them can be deployed.
    """
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in properties:
            first = next(metric["MetricStat"] for metric in properties.pop("Metrics") if "MetricStat" in metric)
            stat = first["Stat"]
            properties |= first["Metric"] | {"Period": first["Period"]}
            properties |= {"ExtendedStatistic": stat} if stat.startswith("p") else {"Statistic": stat}
    return template


def sam() -> str:
    found = shutil.which("sam", path=f"{ROOT / '.venv-sam/bin'}{os.pathsep}{os.environ['PATH']}")
    if not found:
        raise LocalStackFailed("sam is not installed (aws-sam-cli: make .venv-sam/done)")
    return found


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _up(stack: LocalStack) -> None:
    stack.folder.mkdir(parents=True, exist_ok=True)
    (stack.folder / "port").write_text(str(stack.port), encoding="ascii")
    stack.start()
    outputs = stack.deploy(QueryAccess="KEY", QueryKeySha256=hashlib.sha256(KEY.encode()).hexdigest())
    into = f"{outputs['ArticleBucketName']}/{outputs['ArticlePrefix']}"
    print(f"\nThe stack is up; its log is {stack.log}. It goes on until `make local-down`, which keeps its state.\n")
    for name, value in {"Endpoint": stack.endpoint, **outputs}.items():
        print(f"  {name:24}{value}")
    print("\nFor the aws command and for standpoint:\n")
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": stack.endpoint}.items():
        print(f"  export {name}={value}")
    print(f"\nThe page and the query API: {stack.page(outputs)}   (key: {KEY})")
    print("\nUpload an article, and see what became of it:\n")
    print(f"  aws s3 cp events/articles/lithium-mine.txt s3://{into}")
    print(f"  curl -T events/articles/lithium-mine.txt {stack.endpoint}/{into}        # without the aws command")
    key = json.dumps({"pk": {"S": f"ARTICLE#{outputs['ArticlePrefix']}lithium-mine.txt"}, "sk": {"S": "READING"}})
    print(f"  aws dynamodb get-item --table-name {outputs['ReadingTableName']} --key '{key}'")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["up", "down"])
    parser.add_argument("--folder", type=Path, default=ROOT / ".local", help="where the state is kept (default: .local)")
    parser.add_argument("--port", type=int, help="default: 4566, or the port of before")
    options = parser.parse_args()
    before = options.folder / "port"
    port = options.port or (int(before.read_text(encoding="ascii")) if before.exists() else 4566)
    stack = LocalStack(options.folder.resolve(), port)
    try:
        if options.command == "up":
            _up(stack)
        else:
            stack.stop()
    except LocalStackFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
