//! The chart, by what it renders: `helm/rendered` is checked in, and where Helm is there it is rendered again.

use std::collections::BTreeMap;
use std::env;
use std::process::Command;

use hearken_schemas::topics;
use hearken_tests::program::finish;
use serde_json::Value as Json;
use serde_yaml_ng::Value;

use crate::container::{Container, Source};
use crate::{AFTER_DRAIN_S, HEALTH_PORT, PATIENT, SERVICES, at, deployed, documents, is_pinned, list, scalar, text};

/// What the chart is rendered of: the least it must be told, and everything switched on.
const VALUES: [&str; 2] = ["least", "full"];

fn rendered(values: &str) -> Vec<Value> {
    documents(&text(&format!("helm/rendered/{values}.yaml")))
}

fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| scalar(at(object, "kind")) == kind).collect()
}

/// Returns the pods that objects make.
fn pods(objects: &[Value]) -> Vec<&Value> {
    let made = ["Deployment", "StatefulSet", "Job"].map(|kind| of_kind(objects, kind)).concat();
    let mut pods: Vec<&Value> = made.into_iter().map(|object| at(object, "spec.template.spec")).collect();
    pods.extend(of_kind(objects, "Pod").into_iter().map(|pod| at(pod, "spec")));
    pods
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    list(at(pod, "initContainers")).iter().chain(list(at(pod, "containers")))
}

/// Returns what a container is given by its ConfigMap and by its own list.
fn environment(container: &Value, objects: &[Value]) -> BTreeMap<String, String> {
    let mut environment = BTreeMap::new();
    for source in list(at(container, "envFrom")).iter().filter(|source| !at(source, "configMapRef").is_null()) {
        let name = at(source, "configMapRef.name");
        let map = of_kind(objects, "ConfigMap").into_iter().find(|map| at(map, "metadata.name") == name).unwrap();
        environment
            .extend(at(map, "data").as_mapping().unwrap().iter().map(|(key, value)| (scalar(key), scalar(value))));
    }
    for variable in list(at(container, "env")) {
        let field = at(variable, "valueFrom.fieldRef.fieldPath");
        let value = if field.is_null() { scalar(at(variable, "value")) } else { "hearken-sink-0".to_owned() };
        environment.insert(scalar(at(variable, "name")), value);
    }
    environment
}

/// Returns a pod's files: keys of the Secret, and the samples in place of a ConfigMap of the user's own.
fn files(pod: &Value) -> BTreeMap<String, Source> {
    let mut files = BTreeMap::new();
    for volume in list(at(pod, "volumes")) {
        for item in list(at(volume, "secret.items")) {
            let path = scalar(at(item, "path"));
            files.insert(format!("/run/secrets/{path}"), Source::Secret(path));
        }
        if !at(volume, "configMap").is_null() {
            for name in ["catalog.toml", "responders.toml", "terms.toml"] {
                files.insert(format!("/etc/hearken/{name}"), Source::File(deployed("local").join(name)));
            }
        }
    }
    files
}

#[test]
fn every_pod_is_given_what_its_program_takes() {
    for values in VALUES {
        let objects = rendered(values);
        let mut count = 0;
        for pod in pods(&objects) {
            for described in containers(pod).filter(|container| scalar(at(container, "args.0")) != "--healthcheck") {
                let container = Container {
                    name: format!("{values}.yaml: {}", scalar(at(described, "name"))),
                    image: scalar(at(described, "image")),
                    arguments: list(at(described, "args")).iter().map(scalar).collect(),
                    environment: environment(described, &objects),
                    files: files(pod),
                };
                container.is_taken();
                count += 1;
            }
        }
        assert!(count >= SERVICES.len() + 2, "{values}: {count}");
    }
}

#[test]
fn every_pod_is_restricted_bounded_and_pinned() {
    for pod in VALUES.map(rendered).iter().flat_map(|objects| pods(objects)) {
        assert!(
            at(pod, "securityContext.runAsNonRoot").as_bool() == Some(true)
                && at(pod, "securityContext.runAsUser") == 10001
        );
        assert_eq!(scalar(at(pod, "securityContext.seccompProfile.type")), "RuntimeDefault");
        assert!(at(pod, "automountServiceAccountToken").as_bool() == Some(false));
        for container in containers(pod) {
            let name = scalar(at(container, "name"));
            assert!(is_pinned(&scalar(at(container, "image"))), "{name}");
            assert!(at(container, "securityContext.readOnlyRootFilesystem").as_bool() == Some(true), "{name}");
            assert!(at(container, "securityContext.allowPrivilegeEscalation").as_bool() == Some(false), "{name}");
            assert_eq!(scalar(at(container, "securityContext.capabilities.drop.0")), "ALL", "{name}");
            let has = |bound: &str| !at(container, &format!("resources.{bound}")).is_null();
            assert!(has("limits.memory") && has("requests.cpu") && has("requests.memory"), "{name}");
        }
    }
}

#[test]
fn a_service_has_time_to_drain_and_says_where_its_health_is() {
    for objects in VALUES.map(rendered) {
        let found = ["Deployment", "StatefulSet"].map(|kind| of_kind(&objects, kind)).concat();
        assert_eq!(found.len(), SERVICES.len());
        for object in found {
            let pod = at(object, "spec.template.spec");
            let container = at(pod, "containers.0");
            let environment = environment(container, &objects);
            let drain_ms: u64 = environment["HEARKEN_KAFKA__DRAIN_TIMEOUT_MS"].parse().unwrap();
            let pause_s = at(container, "lifecycle.preStop.sleep.seconds").as_u64().unwrap_or(0);
            let grace_s = at(pod, "terminationGracePeriodSeconds").as_u64().unwrap();
            assert!(grace_s >= drain_ms.div_ceil(1_000) + AFTER_DRAIN_S + pause_s, "{grace_s} s for {drain_ms} ms");
            assert_eq!(environment["HEARKEN_HTTP__LISTEN"], format!("0.0.0.0:{HEALTH_PORT}"));
            assert_eq!(at(container, "ports.0.containerPort").as_u64(), Some(HEALTH_PORT));
            for (probe, path) in
                [("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")]
            {
                let get = at(container, &format!("{probe}.httpGet"));
                assert_eq!((scalar(at(get, "path")), scalar(at(get, "port"))), (path.to_owned(), "http".to_owned()));
            }
            // One member more than there are partitions is never ready, and an upgrade would wait for it for ever.
            let surge = at(object, "spec.strategy.rollingUpdate.maxSurge").as_u64().unwrap_or(0);
            let name = scalar(at(container, "name"));
            assert_eq!(surge, u64::from(name == "alert"), "{name}");
        }
    }
}

#[test]
fn nobody_gets_more_members_than_partitions() {
    let schema: Json = serde_json::from_str(&text("helm/hearken/values.schema.json")).unwrap();
    let objects = rendered("full");
    for service in ["ingest", "enrich", "sink"] {
        let read = topics::all().iter().filter(|topic| topic.consumers.iter().any(|consumer| consumer == service));
        let partitions: i32 = read.map(|topic| topic.partitions).sum();
        let partitions = u64::try_from(partitions).unwrap();
        for key in ["replicas", "maxReplicas"] {
            let most = schema["properties"][service]["properties"][key]["maximum"].as_u64().unwrap();
            assert!(most <= partitions, "{service}.{key} may be {most} of {partitions} partitions");
        }
        let scaled = of_kind(&objects, "ScaledObject");
        let scaled =
            scaled.iter().find(|scaled| scalar(at(scaled, "spec.scaleTargetRef.name")).ends_with(service)).unwrap();
        assert!(at(scaled, "spec.maxReplicaCount").as_u64().unwrap() <= partitions, "{service}");
        let trigger = at(scaled, "spec.triggers.0.metadata");
        assert_eq!(scalar(at(trigger, "allowIdleConsumers")), "false");
        assert_eq!(scalar(at(trigger, "consumerGroup")), format!("hearken-{service}"));
    }
}

#[test]
fn no_secret_is_made_here() {
    for values in VALUES {
        let objects = rendered(values);
        assert!(of_kind(&objects, "Secret").is_empty());
        for (key, value) in objects.iter().flat_map(|object| at(object, "data").as_mapping().into_iter().flatten()) {
            let (key, value) = (scalar(key), scalar(value));
            let is_secret = ["PASSWORD", "SECRET", "KEY", "TOKENS"].iter().any(|word| key.contains(word));
            assert!(!is_secret || value.starts_with("/run/secrets/"), "{key}: {value}");
        }
    }
}

#[test]
fn helm_renders_what_is_checked_in() {
    let paths = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>();
    if !paths.iter().any(|path| path.join("helm").exists()) {
        eprintln!("skipped: helm is not on this machine; deploy/check.sh runs it from its sources where Go is");
        return;
    }
    for values in VALUES {
        let mut helm = Command::new("helm");
        helm.args(["template", "hearken", "--namespace", "hearken", "--kube-version", "1.34.0", "--values"]);
        helm.arg(deployed(&format!("helm/{values}-values.yaml"))).arg(deployed("helm/hearken"));
        let told = finish(&mut helm, PATIENT);
        assert_eq!(told.code, Some(0), "{}", told.err);
        let checked_in = text(&format!("helm/rendered/{values}.yaml"));
        assert!(
            told.out == checked_in,
            "helm/rendered/{values}.yaml is not what Helm renders; run deploy/check.sh --write"
        );
    }
}
