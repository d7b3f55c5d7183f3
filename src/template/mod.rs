//! From a target's folder and an environment's values to a [`Bundle`]: canonical ARM JSON, parameters, and Bicep.
