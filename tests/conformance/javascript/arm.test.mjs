// Groups, deployments and Event Hubs through Microsoft's clients for JavaScript, unmodified.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { EventHubManagementClient } from "@azure/arm-eventhub";
import { ResourceManagementClient } from "@azure/arm-resources";
import { DeploymentsClient } from "@azure/arm-resourcesdeployments";

const { LANDFALL_ARM: endpoint, LANDFALL_SUBSCRIPTION: subscription, LANDFALL_TOKEN_FILE: file } = process.env;
const token = () => readFileSync(file, "ascii").trim();
const credential = { getToken: async () => ({ token: token(), expiresOnTimestamp: Date.now() + 3_600_000 }) };
// The clients' own policy sends tokens over TLS alone; the emulator listens on loopback only.
const overLoopback = (client) => {
  client.pipeline.removePolicy({ name: "bearerTokenAuthenticationPolicy" });
  client.pipeline.addPolicy({
    name: "tokenOverLoopback",
    sendRequest: (request, next) => {
      request.allowInsecureConnection = true;
      request.headers.set("Authorization", `Bearer ${token()}`);
      return next(request);
    },
  });
  return client;
};
const poll = { updateIntervalInMs: 100 };
const resources = overLoopback(new ResourceManagementClient(credential, subscription, { endpoint }));
const hubs = overLoopback(new EventHubManagementClient(credential, subscription, { endpoint }));
const { deployments, deploymentOperations } = overLoopback(new DeploymentsClient(credential, subscription, { endpoint }));
const group = `rg-${randomUUID().slice(0, 8)}`;
const namespace = `ehns-${randomUUID().slice(0, 8)}`;

const template = {
  $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  contentVersion: "1.0.0.0",
  parameters: { hubs: { type: "array", defaultValue: ["orders", "payments"] } },
  resources: [
    {
      type: "Microsoft.EventHub/namespaces",
      apiVersion: "2024-01-01",
      name: namespace,
      location: "[resourceGroup().location]",
      sku: { name: "Standard", tier: "Standard", capacity: 1 },
    },
    {
      type: "Microsoft.EventHub/namespaces/eventhubs",
      apiVersion: "2024-01-01",
      name: `[format('${namespace}/{0}-${namespace}', parameters('hubs')[copyIndex()])]`,
      copy: { name: "hubs", count: "[length(parameters('hubs'))]" },
      dependsOn: [`[resourceId('Microsoft.EventHub/namespaces', '${namespace}')]`],
      properties: { partitionCount: 3, messageRetentionInDays: 1 },
    },
  ],
  outputs: { names: { type: "array", value: "[map(parameters('hubs'), lambda('hub', toUpper(lambdaVariables('hub'))))]" } },
};

const all = async (pages) => {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
};

before(async () => {
  await resources.resourceGroups.createOrUpdate(group, { location: "westeurope" });
});

after(async () => {
  await resources.resourceGroups.beginDeleteAndWait(group, poll);
  assert.equal((await resources.resourceGroups.checkExistence(group)).body, false);
});

test("a deployment is previewed, made, followed and read back", async () => {
  const properties = { mode: "Incremental", template };
  const preview = await deployments.whatIf(group, "whole", { properties }, poll);
  assert.deepEqual(new Set(preview.changes.map((change) => change.changeType)), new Set(["Create"]));
  const made = await deployments.createOrUpdate(group, "whole", { properties }, poll);
  assert.equal(made.properties.provisioningState, "Succeeded");
  assert.deepEqual(made.properties.outputs.names.value, ["ORDERS", "PAYMENTS"]);
  const operations = await all(deploymentOperations.list(group, "whole"));
  assert.equal(operations.filter((one) => one.properties.provisioningOperation === "Create").length, 3);
  const again = await deployments.whatIf(group, "whole", { properties }, poll);
  assert.deepEqual(new Set(again.changes.map((change) => change.changeType)), new Set(["NoChange"]));

  const read = await hubs.namespaces.get(group, namespace);
  assert.deepEqual([read.sku.name, read.kafkaEnabled, read.provisioningState], ["Standard", true, "Succeeded"]);
  const listed = await all(hubs.eventHubs.listByNamespace(group, namespace));
  assert.deepEqual(listed.map((hub) => hub.partitionCount), [3, 3]);
  const keys = await hubs.namespaces.listKeys(group, namespace, "RootManageSharedAccessKey");
  assert.match(keys.primaryConnectionString, new RegExp(`^Endpoint=sb://${namespace}\\.`));
});

test("a template that cannot be is refused with ARM's own code", async () => {
  const properties = { mode: "Incremental", template: { ...template, resources: [{ ...template.resources[0], name: "[nobody()]" }] } };
  await assert.rejects(deployments.createOrUpdate(group, "broken", { properties }, poll), { statusCode: 400, code: "InvalidTemplate" });
});

test("what is not there is the client's own error", async () => {
  await assert.rejects(resources.resourceGroups.get("rg-of-nobody"), { statusCode: 404, code: "ResourceGroupNotFound" });
  await assert.rejects(hubs.namespaces.get(group, "ehns-of-nobody"), { statusCode: 404, code: "ResourceNotFound" });
});
