"""What is refused before a plan is shown: what apply could not do, or would buy for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from pareta_plan.errors import ResolutionError, meant
from pareta_plan.manifest.reading import Located, all_or_errors
from pareta_plan.manifest.selection import Selection
from pareta_plan.plan.model import Plan
from pareta_plan.plan.observed import Contested
from pareta_plan.plan.workload import workloads
from pareta_plan.project.lockfile import Lockfile
from pareta_plan.project.project import Project
from pareta_plan.wire import Endpoint, Name, Task


def refusal(contested: Contested, project: Project, lockfile: Lockfile) -> ResolutionError:
    """The error for an endpoint that several workloads want, at the newest of them."""
    newcomer = max(contested.names, key=partial(_is_new, project, lockfile))
    others = ", ".join(name for name in contested.names if name != newcomer)
    return ResolutionError(
        f"{newcomer}: its endpoint would be {contested.id!r}, which is that of {others}",
        location=project.located[newcomer].at("deploy"),
        hint="One endpoint serves one workload: give it another `deploy: {name: ...}`, or take "
        "its `import` away.",
    )


def _is_new(project: Project, lockfile: Lockfile, name: str) -> tuple[bool, bool]:
    """Whether a workload has no endpoint yet, and whether it is one to adopt that it wants."""
    deploy = project.located[name].manifest.deploy
    return lockfile.workloads[name].deployment is None, bool(deploy and deploy.import_)


def check_imports(
    project: Project, lockfile: Lockfile, observed: Mapping[str, Endpoint], selection: Selection
) -> None:
    """Hold what is to be adopted against what is there. Raises ResolutionError with the place."""
    every = workloads(project.manifests, lockfile)
    importing = {
        w.name: w.deploy.import_
        for w in every
        if w.deploy and w.deploy.import_ and not w.recorded and selection.holds(w.name, w.labels)
    }
    if not importing:
        return
    owners = deployed_elsewhere(project, lockfile.platform)
    owners |= {workload.recorded: workload.name for workload in every if workload.recorded}
    all_or_errors(
        {name: project.located[name] for name in importing},
        lambda item: _check_import(item, importing[item.manifest.name], observed, owners),
    )


def is_own(name: Name, lockfile: Lockfile) -> bool:
    """Whether a stable name is the project's: by its scope, or, renamed, by what it reaches."""
    return name.scope == lockfile.scope or name.endpoint in lockfile.deployed.values()


def check_names(
    project: Project, lockfile: Lockfile, there: Iterable[Name], selection: Selection
) -> None:
    """Refuse a stable name that another project or environment has. Raises ResolutionError."""
    others = {one.name: one.scope for one in there if not is_own(one, lockfile)}
    wanting = {
        w.name: w.stable_name
        for w in workloads(project.manifests, lockfile)
        if w.deploy and w.stable_name in others and selection.holds(w.name, w.labels)
    }

    def check(item: Located) -> None:
        name = wanting[item.manifest.name]
        owner = others[name] or "a project without a name"
        raise ResolutionError(
            f"{item.manifest.name}: the name {name!r} is that of {owner} on this platform",
            location=item.at("deploy"),
            hint="Applications call a deployment by its name: give it another `deploy: "
            "{name: ...}`.",
        )

    all_or_errors({name: project.located[name] for name in wanting}, check)


def check_baselines(project: Project, made: Plan, lockfile: Lockfile) -> None:
    """Refuse to buy an evaluation whose gates need a baseline where the task has none."""
    without = [
        c.workload
        for c in made.changes
        if c.rows and not lockfile.workloads[c.workload].frontier.resolved
    ]

    def check(item: Located) -> None:
        spec, name = item.manifest.eval, item.manifest.name
        task = lockfile.workloads[name].task.id
        for key in spec.gates.against_baselines if spec else ():
            raise ResolutionError(
                f"{name}: {key} needs a baseline, and `frontier: {item.manifest.frontier}` gives "
                f"none for {task}",
                location=item.at("eval", "gates", key),
                hint=f"`pareta-plan catalog frontier {task}` lists baselines: name some in "
                "`frontier`, or take the gate out.",
            )

    all_or_errors({name: project.located[name] for name in without}, check)


def check_tasks(
    project: Project, tasks: Mapping[str, Task], lockfile: Lockfile, platform: str
) -> None:
    """Refuse a deployment of a task that the platform hasn't got: its endpoint can't answer."""
    gone = {
        name: made.task
        for name, entry in lockfile.workloads.items()
        if (made := entry.deployment) and made.task not in tasks and name in project.located
        if entry.task.id == made.task
    }

    def check(item: Located) -> None:
        name, task = item.manifest.name, gone[item.manifest.name]
        raise ResolutionError(
            f"{name}: the task {task!r} of its endpoint is gone from {platform}"
            + meant(task, tasks),
            location=item.at("task" if item.manifest.task else "intent"),
            hint="Bring its folder back: name its catalog in pareta-project.yaml, `catalog: "
            "[FOLDER]`, or outside of a project in PARETA_PLAN_CATALOG. Or let the manifest ask "
            "for another task.",
        )

    all_or_errors({name: project.located[name] for name in gone}, check)


def check_rows(project: Project, tasks: Mapping[str, Task], made: Plan, lockfile: Lockfile) -> None:
    """Hold the rows that would be scored against their tasks, which may have changed."""
    scored = [c.workload for c in made.changes if c.rows]
    if not scored:
        return
    from pareta_plan.project.whose_rows import check

    items = {name: project.located[name] for name in scored}

    def checked(item: Located) -> None:
        name = item.manifest.name
        task = tasks.get(lockfile.workloads[name].task.id)
        if task is not None:
            check(project.data[name], task, item, tasks.values)

    all_or_errors(items, checked)


def deployed_elsewhere(project: Project, platform: str) -> dict[str, str]:
    """Who has which endpoint of a platform by the lockfiles of the project's other environments."""
    return {
        endpoint: f"{name} in {sibling.lockfile_name}"
        for sibling in project.siblings()
        if (lockfile := sibling.read_lockfile()) and lockfile.platform == platform
        for name, endpoint in lockfile.deployed.items()
    }


def _check_import(
    located: Located, id: str, endpoints: Mapping[str, Endpoint], owners: Mapping[str, str]
) -> None:
    """Refuse to adopt an endpoint that isn't there, or that another workload has (`owners`)."""
    if owner := owners.get(id):
        raise ResolutionError(
            f"{located.manifest.name}: the endpoint {id!r} is that of {owner} already",
            location=located.at("deploy", "import"),
            hint="One endpoint serves one workload. To rename a workload, use `moved_from`; what "
            "one environment imports, the others override: `deploy: {import: null}`.",
        )
    if id not in endpoints:
        raise ResolutionError(
            f"{located.manifest.name}: no endpoint {id!r} to import{meant(id, endpoints)}",
            location=located.at("deploy", "import"),
            hint="`pareta-plan drift` lists the endpoints that no workload has.",
        )
