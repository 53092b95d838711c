interface Described {
  name: string;
  description?: string | null;
}

interface Field extends Described {
  args?: Described[];
}

interface Type extends Described {
  kind: string;
  fields?: Field[] | null;
  inputFields?: Described[] | null;
  enumValues?: Described[] | null;
  interfaces?: { name: string }[] | null;
}

function fillIn(told: Described, ...from: (Described | undefined)[]): void {
  told.description ||= from.find((one) => one?.description)?.description ?? null;
}

/**
 * The service describes a field on the type that brings it in, and an argument once, so that the schema stays small on its way. Here each
 * type gets back what it inherits: a field from its interfaces, a condition or an order from the field that it is on, and the name of a
 * class in the list of classes from the type that it names.
 */
export function describeInherited(types: Type[]): void {
  const fields = new Map(types.map((type) => [type.name, new Map((type.fields ?? []).map((field) => [field.name, field]))]));
  const named = new Map(types.map((type) => [type.name, type]));
  for (const value of named.get("EntityType")?.enumValues ?? []) {
    fillIn(value, named.get(value.name));
  }
  const parameters = new Map<string, Described>();
  for (const argument of types.flatMap((type) => (type.fields ?? []).flatMap((field) => field.args ?? []))) {
    if (argument.description && !parameters.has(argument.name)) {
      parameters.set(argument.name, argument);
    }
  }
  for (const type of types) {
    for (const field of type.fields ?? []) {
      fillIn(field, ...(type.interfaces ?? []).map((one) => fields.get(one.name)?.get(field.name)));
      for (const argument of field.args ?? []) {
        fillIn(argument, parameters.get(argument.name));
      }
    }
  }
  for (const type of types) {
    const conditioned = fields.get(type.name.replace(/(Where|Order)$/, ""));
    for (const field of type.inputFields ?? []) {
      fillIn(field, conditioned?.get(field.name));
    }
  }
}
