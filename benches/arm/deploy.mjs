// Deploys what `landfall render` wrote into `out/` with the SDK for JavaScript, polling as it does by itself.

import { readFileSync } from "node:fs";

import { ResourceManagementClient } from "@azure/arm-resources";
import { DeploymentsClient } from "@azure/arm-resourcesdeployments";

const { ARM: endpoint, SUBSCRIPTION: subscription, TOKEN_FILE: file, GROUP: group } = process.env;
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
const read = (name) => JSON.parse(readFileSync(`out/${name}`, "utf8"));
const resources = overLoopback(new ResourceManagementClient(credential, subscription, { endpoint }));
const { deployments } = overLoopback(new DeploymentsClient(credential, subscription, { endpoint }));

await resources.resourceGroups.createOrUpdate(group, { location: "westeurope" });
const { parameters } = read("azuredeploy.parameters.json");
const properties = { mode: "Incremental", template: read("azuredeploy.json"), parameters };
const made = await deployments.createOrUpdate(group, "bench", { properties });
if (made.properties.provisioningState !== "Succeeded") throw new Error(made.properties.provisioningState);
