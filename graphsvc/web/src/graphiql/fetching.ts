import { createGraphiQLFetcher, type Fetcher, type FetcherParams } from "@graphiql/toolkit";
import { describeInherited } from "./describing";
import { page } from "./questions";

const PATIENCE = 10_000;
const ask = createGraphiQLFetcher({ url: page.endpoint, enableIncrementalDelivery: false });
let free: () => void = () => {};
const firstAnswer = new Promise<void>((resolve) => {
  free = resolve;
  setTimeout(resolve, PATIENCE);
});

/** Says that nothing is left to wait for: the first question is answered, or none is asked. */
export function nothingToAwait(): void {
  free();
}

/** Asks the service. The schema is large and costs a browser a second or more, so it is read after the first answer is shown. */
export const fetcher: Fetcher = async (parameters: FetcherParams, options) => {
  if (parameters.operationName === "IntrospectionQuery") {
    await firstAnswer;
    const told = await ask(parameters, options);
    if ("data" in told && told.data?.__schema) {
      describeInherited(told.data.__schema.types);
    }
    return told;
  }
  try {
    return await ask(parameters, options);
  } finally {
    setTimeout(nothingToAwait, 100);
  }
};
