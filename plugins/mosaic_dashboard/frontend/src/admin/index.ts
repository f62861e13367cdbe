/** The administration's island: the form of a configuration, set in place, with what is wrong told at its field. */
import "./admin.css";
import { Refused, type Context, type Mount, type Problem } from "../shell/api";
import { ConfigurationForm } from "./form";

interface Change {
  name: string;
  generation: number;
  error: string;
  warning: string;
}

/** All that was wrong: the API tells further mistakes beside the first. */
function mistakes(problem: Problem & { others?: Problem[] }): Problem[] {
  return problem.others?.length ? problem.others : [problem];
}

/** Set values, and tell what has become of the plugins that they are for; false if they were refused. */
async function set(context: Context, form: ConfigurationForm, input: object): Promise<boolean> {
  try {
    const report = await context.call<{ changes: Change[] }>("config.set", input);
    // A plugin that is not configured yet warns at every change, whoever it is for.
    const failed = report.changes.find((change) => change.error || (change.warning && change.name === context.data.plugin));
    const renewed = report.changes.filter((change) => !change.warning);
    const changed = renewed.map((change) => `${change.name} is now generation ${change.generation}`).join(", ");
    if (failed) context.toast(`${failed.name}: ${failed.error || failed.warning}`, "bad");
    else context.toast(changed ? `Set: ${changed}.` : "Set.", "good");
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    form.tell(mistakes(error.problem));
    return false;
  }
}

const mount: Mount = (element, context) => {
  const form = new ConfigurationForm(element);
  const stopListening = form.listen(
    async (texts, keeps) => {
      if (!Object.keys(texts).length) return context.toast("Nothing was changed.");
      if (await set(context, form, { texts, keeps })) await form.drawAnew(context.data.part);
    },
    async (key) => {
      if (await set(context, form, { values: { [key]: null } })) await form.drawAnew(context.data.part);
    },
  );
  // Somebody else may have changed it; what is being written here is left alone.
  const stopFollowing = context.live.on(["plugin.changed"], () => {
    if (!form.isBusy && !Object.keys(form.changes()).length) void form.drawAnew(context.data.part);
  });
  return () => {
    stopFollowing();
    stopListening();
  };
};

export default mount;
