//! The fields of `k8s.io/api/core/v1.Container` and of what it holds (Kubernetes 1.36): name, Go type, and when a
//! field is written.

use super::kind::{Field, Kind, Presence, Struct};

const TEXT: Kind = Kind::Text("string");
const INT32: Kind = Kind::Integer {
    name: "int32",
    most: i32::MAX as i64,
};
const INT64: Kind = Kind::Integer {
    name: "int64",
    most: i64::MAX,
};
const PORT: Kind = Kind::Port { most: i32::MAX as i64 };

const fn always(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        presence: Presence::Always,
    }
}

const fn filled(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        presence: Presence::Filled,
    }
}

const fn pointer(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        presence: Presence::Pointer,
    }
}

pub(super) static CONTAINER: Struct = Struct {
    name: "Container",
    fields: &[
        always("name", TEXT),
        filled("image", TEXT),
        filled("command", Kind::List(&TEXT)),
        filled("args", Kind::List(&TEXT)),
        filled("workingDir", TEXT),
        filled("ports", Kind::List(&Kind::Struct(&CONTAINER_PORT))),
        filled("envFrom", Kind::List(&Kind::Struct(&ENV_FROM_SOURCE))),
        filled("env", Kind::List(&Kind::Struct(&ENV_VAR))),
        always("resources", Kind::Struct(&RESOURCE_REQUIREMENTS)),
        filled("resizePolicy", Kind::List(&Kind::Struct(&CONTAINER_RESIZE_POLICY))),
        pointer("restartPolicy", Kind::Text("v1.ContainerRestartPolicy")),
        filled("restartPolicyRules", Kind::List(&Kind::Struct(&CONTAINER_RESTART_RULE))),
        filled("volumeMounts", Kind::List(&Kind::Struct(&VOLUME_MOUNT))),
        filled("volumeDevices", Kind::List(&Kind::Struct(&VOLUME_DEVICE))),
        pointer("livenessProbe", Kind::Struct(&PROBE)),
        pointer("readinessProbe", Kind::Struct(&PROBE)),
        pointer("startupProbe", Kind::Struct(&PROBE)),
        pointer("lifecycle", Kind::Struct(&LIFECYCLE)),
        filled("terminationMessagePath", TEXT),
        filled("terminationMessagePolicy", Kind::Text("v1.TerminationMessagePolicy")),
        filled("imagePullPolicy", Kind::Text("v1.PullPolicy")),
        pointer("securityContext", Kind::Struct(&SECURITY_CONTEXT)),
        filled("stdin", Kind::Bool),
        filled("stdinOnce", Kind::Bool),
        filled("tty", Kind::Bool),
    ],
};

static CONTAINER_PORT: Struct = Struct {
    name: "ContainerPort",
    fields: &[
        filled("name", TEXT),
        filled("hostPort", INT32),
        always("containerPort", INT32),
        filled("protocol", Kind::Text("v1.Protocol")),
        filled("hostIP", TEXT),
    ],
};

static ENV_FROM_SOURCE: Struct = Struct {
    name: "EnvFromSource",
    fields: &[
        filled("prefix", TEXT),
        pointer("configMapRef", Kind::Struct(&CONFIG_MAP_ENV_SOURCE)),
        pointer("secretRef", Kind::Struct(&SECRET_ENV_SOURCE)),
    ],
};

static CONFIG_MAP_ENV_SOURCE: Struct = Struct {
    name: "ConfigMapEnvSource",
    fields: &[filled("name", TEXT), pointer("optional", Kind::Bool)],
};

static SECRET_ENV_SOURCE: Struct = Struct {
    name: "SecretEnvSource",
    fields: &[filled("name", TEXT), pointer("optional", Kind::Bool)],
};

static ENV_VAR: Struct = Struct {
    name: "EnvVar",
    fields: &[
        always("name", TEXT),
        filled("value", TEXT),
        pointer("valueFrom", Kind::Struct(&ENV_VAR_SOURCE)),
    ],
};

static ENV_VAR_SOURCE: Struct = Struct {
    name: "EnvVarSource",
    fields: &[
        pointer("fieldRef", Kind::Struct(&OBJECT_FIELD_SELECTOR)),
        pointer("resourceFieldRef", Kind::Struct(&RESOURCE_FIELD_SELECTOR)),
        pointer("configMapKeyRef", Kind::Struct(&CONFIG_MAP_KEY_SELECTOR)),
        pointer("secretKeyRef", Kind::Struct(&SECRET_KEY_SELECTOR)),
        pointer("fileKeyRef", Kind::Struct(&FILE_KEY_SELECTOR)),
    ],
};

static OBJECT_FIELD_SELECTOR: Struct = Struct {
    name: "ObjectFieldSelector",
    fields: &[filled("apiVersion", TEXT), always("fieldPath", TEXT)],
};

static RESOURCE_FIELD_SELECTOR: Struct = Struct {
    name: "ResourceFieldSelector",
    fields: &[
        filled("containerName", TEXT),
        always("resource", TEXT),
        always("divisor", Kind::Quantity),
    ],
};

static CONFIG_MAP_KEY_SELECTOR: Struct = Struct {
    name: "ConfigMapKeySelector",
    fields: &[
        filled("name", TEXT),
        always("key", TEXT),
        pointer("optional", Kind::Bool),
    ],
};

static SECRET_KEY_SELECTOR: Struct = Struct {
    name: "SecretKeySelector",
    fields: &[
        filled("name", TEXT),
        always("key", TEXT),
        pointer("optional", Kind::Bool),
    ],
};

static FILE_KEY_SELECTOR: Struct = Struct {
    name: "FileKeySelector",
    fields: &[
        always("volumeName", TEXT),
        always("path", TEXT),
        always("key", TEXT),
        pointer("optional", Kind::Bool),
    ],
};

static RESOURCE_REQUIREMENTS: Struct = Struct {
    name: "ResourceRequirements",
    fields: &[
        filled("limits", Kind::Amounts),
        filled("requests", Kind::Amounts),
        filled("claims", Kind::List(&Kind::Struct(&RESOURCE_CLAIM))),
    ],
};

static RESOURCE_CLAIM: Struct = Struct {
    name: "ResourceClaim",
    fields: &[always("name", TEXT), filled("request", TEXT)],
};

static CONTAINER_RESIZE_POLICY: Struct = Struct {
    name: "ContainerResizePolicy",
    fields: &[
        always("resourceName", Kind::Text("v1.ResourceName")),
        always("restartPolicy", Kind::Text("v1.ResourceResizeRestartPolicy")),
    ],
};

static CONTAINER_RESTART_RULE: Struct = Struct {
    name: "ContainerRestartRule",
    fields: &[
        filled("action", Kind::Text("v1.ContainerRestartRuleAction")),
        pointer("exitCodes", Kind::Struct(&CONTAINER_RESTART_RULE_ON_EXIT_CODES)),
    ],
};

static CONTAINER_RESTART_RULE_ON_EXIT_CODES: Struct = Struct {
    name: "ContainerRestartRuleOnExitCodes",
    fields: &[
        filled("operator", Kind::Text("v1.ContainerRestartRuleOnExitCodesOperator")),
        filled("values", Kind::List(&INT32)),
    ],
};

static VOLUME_MOUNT: Struct = Struct {
    name: "VolumeMount",
    fields: &[
        always("name", TEXT),
        filled("readOnly", Kind::Bool),
        pointer("recursiveReadOnly", Kind::Text("v1.RecursiveReadOnlyMode")),
        always("mountPath", TEXT),
        filled("subPath", TEXT),
        pointer("mountPropagation", Kind::Text("v1.MountPropagationMode")),
        filled("subPathExpr", TEXT),
    ],
};

static VOLUME_DEVICE: Struct = Struct {
    name: "VolumeDevice",
    fields: &[always("name", TEXT), always("devicePath", TEXT)],
};

static PROBE: Struct = Struct {
    name: "Probe",
    fields: &[
        pointer("exec", Kind::Struct(&EXEC_ACTION)),
        pointer("httpGet", Kind::Struct(&HTTP_GET_ACTION)),
        pointer("tcpSocket", Kind::Struct(&TCP_SOCKET_ACTION)),
        pointer("grpc", Kind::Struct(&GRPC_ACTION)),
        filled("initialDelaySeconds", INT32),
        filled("timeoutSeconds", INT32),
        filled("periodSeconds", INT32),
        filled("successThreshold", INT32),
        filled("failureThreshold", INT32),
        pointer("terminationGracePeriodSeconds", INT64),
    ],
};

static EXEC_ACTION: Struct = Struct {
    name: "ExecAction",
    fields: &[filled("command", Kind::List(&TEXT))],
};

static HTTP_GET_ACTION: Struct = Struct {
    name: "HTTPGetAction",
    fields: &[
        filled("path", TEXT),
        always("port", PORT),
        filled("host", TEXT),
        filled("scheme", Kind::Text("v1.URIScheme")),
        filled("httpHeaders", Kind::List(&Kind::Struct(&HTTP_HEADER))),
    ],
};

static HTTP_HEADER: Struct = Struct {
    name: "HTTPHeader",
    fields: &[always("name", TEXT), always("value", TEXT)],
};

static TCP_SOCKET_ACTION: Struct = Struct {
    name: "TCPSocketAction",
    fields: &[always("port", PORT), filled("host", TEXT)],
};

static GRPC_ACTION: Struct = Struct {
    name: "GRPCAction",
    fields: &[always("port", INT32), pointer("service", TEXT)],
};

static LIFECYCLE: Struct = Struct {
    name: "Lifecycle",
    fields: &[
        pointer("postStart", Kind::Struct(&LIFECYCLE_HANDLER)),
        pointer("preStop", Kind::Struct(&LIFECYCLE_HANDLER)),
        pointer("stopSignal", Kind::Text("v1.Signal")),
    ],
};

static LIFECYCLE_HANDLER: Struct = Struct {
    name: "LifecycleHandler",
    fields: &[
        pointer("exec", Kind::Struct(&EXEC_ACTION)),
        pointer("httpGet", Kind::Struct(&HTTP_GET_ACTION)),
        pointer("tcpSocket", Kind::Struct(&TCP_SOCKET_ACTION)),
        pointer("sleep", Kind::Struct(&SLEEP_ACTION)),
    ],
};

static SLEEP_ACTION: Struct = Struct {
    name: "SleepAction",
    fields: &[always("seconds", INT64)],
};

static SECURITY_CONTEXT: Struct = Struct {
    name: "SecurityContext",
    fields: &[
        pointer("capabilities", Kind::Struct(&CAPABILITIES)),
        pointer("privileged", Kind::Bool),
        pointer("seLinuxOptions", Kind::Struct(&SE_LINUX_OPTIONS)),
        pointer("windowsOptions", Kind::Struct(&WINDOWS_SECURITY_CONTEXT_OPTIONS)),
        pointer("runAsUser", INT64),
        pointer("runAsGroup", INT64),
        pointer("runAsNonRoot", Kind::Bool),
        pointer("readOnlyRootFilesystem", Kind::Bool),
        pointer("allowPrivilegeEscalation", Kind::Bool),
        pointer("procMount", Kind::Text("v1.ProcMountType")),
        pointer("seccompProfile", Kind::Struct(&SECCOMP_PROFILE)),
        pointer("appArmorProfile", Kind::Struct(&APP_ARMOR_PROFILE)),
    ],
};

static CAPABILITIES: Struct = Struct {
    name: "Capabilities",
    fields: &[
        filled("add", Kind::List(&Kind::Text("v1.Capability"))),
        filled("drop", Kind::List(&Kind::Text("v1.Capability"))),
    ],
};

static SE_LINUX_OPTIONS: Struct = Struct {
    name: "SELinuxOptions",
    fields: &[
        filled("user", TEXT),
        filled("role", TEXT),
        filled("type", TEXT),
        filled("level", TEXT),
    ],
};

static WINDOWS_SECURITY_CONTEXT_OPTIONS: Struct = Struct {
    name: "WindowsSecurityContextOptions",
    fields: &[
        pointer("gmsaCredentialSpecName", TEXT),
        pointer("gmsaCredentialSpec", TEXT),
        pointer("runAsUserName", TEXT),
        pointer("hostProcess", Kind::Bool),
    ],
};

static SECCOMP_PROFILE: Struct = Struct {
    name: "SeccompProfile",
    fields: &[
        always("type", Kind::Text("v1.SeccompProfileType")),
        pointer("localhostProfile", TEXT),
    ],
};

static APP_ARMOR_PROFILE: Struct = Struct {
    name: "AppArmorProfile",
    fields: &[
        always("type", Kind::Text("v1.AppArmorProfileType")),
        pointer("localhostProfile", TEXT),
    ],
};
