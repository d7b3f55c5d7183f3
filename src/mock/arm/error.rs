//! Errors as ARM sends them: a status, a code, a sentence, and the causes below it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::template::EvaluationError;

/// An error of the emulated Azure, not of the emulator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArmError {
    pub status: u16,
    pub code: Box<str>,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub additional_info: Vec<Value>,
}

impl ArmError {
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            target: None,
            details: Vec::new(),
            additional_info: Vec::new(),
        }
    }

    pub fn bad_request(code: &str, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    pub fn not_found(code: &str, message: impl Into<String>) -> Self {
        Self::new(404, code, message)
    }

    pub fn conflict(code: &str, message: impl Into<String>) -> Self {
        Self::new(409, code, message)
    }

    pub fn about(mut self, target: impl Into<Box<str>>) -> Self {
        self.target = Some(target.into());
        self
    }

    pub fn because(mut self, details: Vec<Value>) -> Self {
        self.details = details;
        self
    }

    /// A template that ARM refuses before anything is recorded.
    pub fn invalid_template(error: &EvaluationError) -> Self {
        if matches!(
            error,
            EvaluationError::Link { .. } | EvaluationError::Unread { .. }
        ) {
            return Self::bad_request("InvalidContentLink", error.arm_message());
        }
        let mut refused = Self::bad_request("InvalidTemplate", error.arm_message());
        refused.additional_info.push(json!({
            "type": "TemplateViolation",
            "info": {"lineNumber": 0, "linePosition": 0, "path": error.path()},
        }));
        refused
    }

    /// A deployment whose resources failed.
    pub fn deployment_failed(details: Vec<Value>) -> Self {
        Self::conflict(
            "DeploymentFailed",
            "At least one resource deployment operation failed. Please list deployment operations for details. \
             Please see https://aka.ms/arm-deployment-operations for usage details.",
        )
        .because(details)
    }

    /// `{code, message, …}`
    pub fn object(&self) -> Value {
        let mut object = json!({"code": self.code, "message": self.message});
        if let Some(target) = &self.target {
            object["target"] = json!(target);
        }
        if !self.details.is_empty() {
            object["details"] = json!(self.details);
        }
        if !self.additional_info.is_empty() {
            object["additionalInfo"] = json!(self.additional_info);
        }
        object
    }

    /// `{error: {…}}`
    pub fn body(&self) -> Value {
        json!({"error": self.object()})
    }

    /// .NET's name of the status, as the operations of a deployment write it.
    pub fn status_name(&self) -> &'static str {
        match self.status {
            400 => "BadRequest",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "NotFound",
            409 => "Conflict",
            429 => "TooManyRequests",
            503 => "ServiceUnavailable",
            _ => "InternalServerError",
        }
    }

    /// The error as a detail of its deployment: JSON in a string, with Windows line ends.
    pub fn detail(&self, body: &Value) -> Value {
        let text = serde_json::to_string_pretty(body)
            .unwrap_or_default()
            .replace('\n', "\r\n");
        json!({"code": self.status_name(), "message": text})
    }
}

/// The body of an operation that failed after it was accepted.
pub fn failed_later(cause: &ArmError) -> Value {
    json!({
        "status": "Failed",
        "error": {
            "code": "ResourceDeploymentFailure",
            "message": "The resource operation completed with terminal provisioning state 'Failed'.",
            "details": [cause.object()],
        },
    })
}
